/** The desk as the page knows it, one event of `/api/v1/desk/stream` after the other. Pure. */

import { NO_ROOM, roomAfter, roomOf, type Room } from "./room";
import { SILENT, hear, speechOf, type Speech, type SpeechView } from "./speech";
import { offsetOf } from "./timers";
import type { DeskCall, DeskLine, DeskState } from "./types";

export interface Desk {
  /** Null until the service has told of it. */
  told: DeskState | null;
  /** How far the service's clock is ahead of the browser's, ms. */
  offsetMs: number;
  /** The call whose words, room and ticket are shown: that at the desk, or the last one; empty: none yet. */
  shown: string;
  /** That call as it was told last; it stays while its ticket is finished. */
  call: DeskCall | null;
  isOver: boolean;
  speech: Speech;
  room: Room;
}

export const UNKNOWN: Desk = {
  told: null,
  offsetMs: 0,
  shown: "",
  call: null,
  isOver: false,
  speech: SILENT,
  room: NO_ROOM,
};

/** Return the desk after one event; `localMs` is the browser's clock. */
export function deskAfter(desk: Desk, name: string, data: any, localMs: number): Desk {
  if (name === "desk") return told(desk, data as DeskState, localMs);
  if (!data || typeof data !== "object") return desk;
  if (name === "call") {
    const shown = String(data.call ?? "");
    const base = shown === desk.shown ? desk : begun(desk, shown);
    const room = data.three_way ? roomOf(data.three_way) : base.room;
    return { ...base, speech: speechOf(data as SpeechView), room };
  }
  if (data.call !== desk.shown) return desk;
  if (name === "ended") return { ...desk, isOver: true, speech: { ...desk.speech, guesses: [] } };
  const speech = hear(desk.speech, name, data);
  const room = roomAfter(desk.room, name, data);
  return speech === desk.speech && room === desk.room ? desk : { ...desk, speech, room };
}

function told(desk: Desk, state: DeskState, localMs: number): Desk {
  const shown = state.call?.call ?? (desk.shown || state.last || "");
  const base = shown === desk.shown ? desk : begun(desk, shown);
  return {
    ...base,
    told: state,
    offsetMs: offsetOf(state.at, localMs),
    call: state.call ?? base.call ?? (state.last_call?.call === shown ? state.last_call : null),
    isOver: state.call === null,
    room: state.call ? withLines(base.room, state.call.lines) : base.room,
  };
}

function begun(desk: Desk, shown: string): Desk {
  return { ...desk, shown, call: null, isOver: false, speech: SILENT, room: NO_ROOM };
}

/** A whole state names every line; what only a request told of stays beside it. */
function withLines(room: Room, lines: readonly DeskLine[]): Room {
  return {
    ...room,
    lines: lines.map(({ line, target, state, why }) => ({ line, target, state, why: why ?? "" })),
  };
}

/** What an agent can do now on the page; a telephone on the desk answers and holds by its own keys. */
export interface Can {
  answer: boolean;
  mute: boolean;
  hold: boolean;
  transfer: boolean;
  hangup: boolean;
  thirdLine: boolean;
  ready: boolean;
  pause: boolean;
  signIn: boolean;
  signOut: boolean;
  resume: boolean;
}

/** A call as the browser's own phone has it: known without the service. */
export type PhoneNow = { state: "ringing" | "talking"; muted?: boolean } | null;

export function canDo(desk: Desk, phone: PhoneNow = null): Can {
  const state = desk.told?.state ?? "signed_out";
  const call = desk.told?.call ?? null;
  const isBrowser = desk.told?.phone.kind === "browser";
  const talks = call !== null && (call.state === "talking" || call.state === "held");
  const isConsulting = Boolean(call?.consulting);
  const hasLine = call?.lines.some((line) => line.state === "joined") ?? false;
  const inTalk = talks || phone?.state === "talking";
  const rings = call?.state === "ringing" || phone?.state === "ringing";
  const signedIn = desk.told !== null && state !== "signed_out";
  return {
    answer: phone?.state === "ringing" || (isBrowser && call?.state === "ringing"),
    mute: inTalk,
    hold: isConsulting || (isBrowser && inTalk && !call?.in_room),
    transfer: talks && !isConsulting && !call.asked_by && !hasLine,
    hangup: inTalk || rings,
    thirdLine: inTalk && !isConsulting && !call?.asked_by,
    ready: signedIn && (state === "paused" || state === "wrapup"),
    pause: signedIn && state !== "paused",
    signIn: desk.told !== null && state === "signed_out",
    signOut: signedIn && call === null,
    resume: call?.state === "lost",
  };
}

const STATE_WORDS: Record<string, string> = {
  signed_out: "未签入",
  unreachable: "话机未连接",
  held: "保持中",
  talking: "通话中",
  ringing: "来电",
  wrapup: "话后整理",
  paused: "暂停",
  ready: "就绪",
};

export const PAUSE_REASONS: Readonly<Record<string, string>> = {
  rest: "小休",
  meal: "用餐",
  training: "培训",
  meeting: "会议",
  paperwork: "案头工作",
};

const OTHER_REASONS: Record<string, string> = { noanswer: "未接听", wrapup: "整理" };

/** Return an agent's state in words: 暂停 · 用餐. */
export function stateWords(state: string, reason: string | null): string {
  const words = STATE_WORDS[state] ?? state;
  if (!reason || state === "wrapup") return words;
  const why = PAUSE_REASONS[reason] ?? OTHER_REASONS[reason] ?? reason;
  return state === "paused" ? `${words} · ${why}` : `${words}（之后${why}）`;
}

/** Return what is going on with the call, in words. */
export function callWords(desk: Desk, phone: PhoneNow = null): string {
  const call = desk.told?.call ?? null;
  const talking = call?.muted || phone?.muted ? "通话中 · 您已静音" : "通话中";
  if (!call && phone) return phone.state === "ringing" ? "来电振铃" : talking;
  if (!call) return desk.call && desk.isOver ? "通话已结束" : "没有通话";
  const byPhone = desk.told?.phone.kind === "sip" ? "，请用话机接听" : "";
  if (call.state === "ringing") return `来电振铃${call.asked_by ? `：${call.asked_by.label}请您先沟通` : ""}${byPhone}`;
  if (call.asked_by) return `${call.asked_by.label}在与您沟通，市民在听音乐`;
  if (call.state === "lost") return "话机断开，市民在听音乐";
  if (call.consulting) return `在与${call.consulting.label}沟通，市民在听音乐`;
  if (desk.room.state === "held") return "咨询中：市民在听音乐";
  if (call.state === "held") return "保持中：市民在听音乐";
  const isMore = call.lines.some((line) => line.state === "joined") || desk.room.parties.length > 2;
  return call.in_room && isMore ? talking.replace("通话中", "三方通话") : talking;
}
