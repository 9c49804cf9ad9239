/** Who is in the call's room, and what becomes of each third line, kept in step with the stream. Pure. */

import { timeOf } from "../shared/zone";
import type { Party, RoomLine, RoomRequest, Suggestion, ThirdLine } from "./types";

export interface Room {
  state: "held" | "open" | "over" | null;
  parties: readonly Party[];
  lines: readonly RoomLine[];
  requests: readonly RoomRequest[];
}

export const NO_ROOM: Room = { state: null, parties: [], lines: [], requests: [] };

/** Nothing follows of a line or a request in one of these. */
const OVER = new Set(["failed", "left", "refused", "running"]);

const STATE_OF_STEP: Record<string, string> = {
  asked: "asked",
  refused: "refused",
  dial: "dialling",
  ringing: "ringing",
  answered: "answered",
  failed: "dialling",
  gave_up: "failed",
  joined: "joined",
  left: "left",
};

const WORDS: Record<string, string> = {
  asked: "请求中",
  moving: "请求中",
  mending: "请求中",
  looking: "请求中",
  calling: "正在呼叫",
  called: "正在呼叫",
  running: "正在呼叫",
  dialling: "正在呼叫",
  ringing: "对方振铃",
  answered: "已应答",
  joined: "通话中",
  left: "已退出",
  failed: "未接通",
  refused: "未接通",
};

const REASONS: Record<string, string> = {
  busy: "占线",
  noanswer: "无人接听",
  rejected: "被拒接",
  unreachable: "线路不通",
  congestion: "线路拥塞",
  gone: "市民已挂机",
  agent_gone: "坐席已离开",
  not_in_talk: "不在通话中",
  switch_away: "交换机无应答",
  late: "超时",
  role: "无权限",
  hours: "不在服务时间",
  rate: "请求过多",
};

/** The state of a call's room as the service gives it (web/three_way_stream.py). */
export interface RoomView {
  room: Room["state"];
  parties: Party[];
  lines: RoomLine[];
  requests: RoomRequest[];
}

/** Return what a state tells; it replaces all that was known. */
export function roomOf(view: Partial<RoomView> | null | undefined): Room {
  if (!view) return NO_ROOM;
  return {
    state: view.room ?? null,
    parties: view.parties ?? [],
    lines: view.lines ?? [],
    requests: view.requests ?? [],
  };
}

/** Return the room after one event of the stream; an event that is none of a room changes nothing. */
export function roomAfter(room: Room, name: string, data: Record<string, any>): Room {
  switch (name) {
    case "request":
      return { ...room, requests: put(room.requests, "request", data as RoomRequest) };
    case "line":
      return { ...room, lines: put(room.lines, "line", lineAfter(room, data)) };
    case "room":
      return partyMoved(room, data);
    default:
      return room;
  }
}

function lineAfter(room: Room, data: Record<string, any>): RoomLine {
  const known = room.lines.find((one) => one.line === data.line);
  const state = STATE_OF_STEP[data.step] ?? known?.state ?? "asked";
  return { line: data.line, target: data.target || known?.target || "", state, why: data.why ?? "" };
}

function put<Kind extends object>(known: readonly Kind[], key: keyof Kind, one: Kind): readonly Kind[] {
  const at = known.findIndex((other) => other[key] === one[key]);
  return at < 0 ? [...known, one] : known.map((other, index) => (index === at ? { ...other, ...one } : other));
}

function partyMoved(room: Room, data: Record<string, any>): Room {
  if (data.who === "line") return room;
  const isOne = (party: Party) => party.who === data.who && (party.agent || "") === (data.agent || "");
  const others = room.parties.filter((party) => !isOne(party));
  const gone = data.step === "left" || data.step === "alone";
  const held = data.step === "held";
  const parties = gone ? others : [...others, { who: data.who, agent: data.agent ?? "", held }];
  const waits = parties.some((party) => party.who === "citizen" && party.held);
  return { ...room, parties, state: parties.length === 0 ? "over" : waits ? "held" : "open" };
}

/** What stands at a third line's button. */
export interface LineShown {
  line: ThirdLine;
  /** "idle", "waiting" (asked to answered), "joined", "failed", "left", "closed". */
  state: "idle" | "waiting" | "joined" | "failed" | "left" | "closed";
  words: string;
  /** The id by which it is dropped; empty when there is nothing to drop. */
  drop: string;
  /** The suggestion that proposes it, null when none does. */
  proposal: Suggestion | null;
}

/** Return the directory with the live state of each line; what is proposed in front is marked, not moved. */
export function linesShown(
  directory: readonly ThirdLine[],
  room: Room,
  suggestions: readonly Suggestion[],
): LineShown[] {
  return directory.map((line) => {
    const proposal =
      suggestions.find((one) => one.kind === "emergency_line" && one.data.target === line.name) ?? null;
    return { line, proposal, ...stateOf(line, room) };
  });
}

function stateOf(line: ThirdLine, room: Room): Omit<LineShown, "line" | "proposal"> {
  const leg = room.lines.findLast((one) => one.target === line.name);
  const request = room.requests.findLast((one) => one.target === line.name);
  const isAhead = request && (!leg || request.line !== leg.line) && !(OVER.has(request.state) && request.state !== "failed");
  const now = isAhead || !leg ? request : leg;
  if (!now) return { state: line.open ? "idle" : "closed", words: line.open ? "" : opening(line), drop: "" };
  const words = WORDS[now.state] ?? now.state;
  const why = now.why ? (REASONS[now.why] ?? now.why) : "";
  if (now.state === "joined") return { state: "joined", words, drop: now.line };
  if (now.state === "failed" || now.state === "refused") {
    return { state: "failed", words: why || words, drop: "" };
  }
  if (now.state === "left") return { state: "left", words, drop: "" };
  return { state: "waiting", words, drop: now.line };
}

function opening(line: ThirdLine): string {
  const at = line.opens ? new Date(line.opens) : null;
  if (!at || Number.isNaN(at.getTime())) return "现在不开放";
  const [day = "", time = ""] = timeOf(at).split(" ");
  return `${Number(day.slice(5, 7))} 月 ${Number(day.slice(8))} 日 ${time.slice(0, 5)} 开放`;
}

/** Return whether the citizen waits with music while agent and third line talk. */
export function isConsulting(room: Room): boolean {
  return room.state === "held";
}
