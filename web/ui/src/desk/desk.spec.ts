// @vitest-environment node
import { describe, expect, it } from "vitest";

import { UNKNOWN, callWords, canDo, deskAfter, stateWords, type Desk } from "./desk";
import type { DeskCall, DeskState } from "./types";

const AT = "2026-11-22T10:00:00+00:00";
const LOCAL = Date.parse(AT) - 4000;

const call: DeskCall = {
  call: "node1-1.1",
  leg: "node1-1.2",
  state: "talking",
  in_room: false,
  muted: false,
  queue: "public",
  queue_label: "公众",
  arrived_at: AT,
  ringing_at: AT,
  answered_at: AT,
  waited_s: 3,
  source: null,
  caller: { number: "138****0001", masked: true, place: null, known: true, calls: [], tickets: [], callback: null },
  lines: [],
  consulting: null,
  asked_by: null,
};
const colleague = { to: "1002", label: "李强" };
const joined = { line: "7", target: "police", label: "公安 110", code: "110", state: "joined", why: null };

const state: DeskState = {
  agent: "1001",
  name: "王芳",
  at: AT,
  state: "talking",
  reason: null,
  since: AT,
  queues: ["public"],
  wrapup_ends_at: null,
  phone: { kind: "browser", state: "in_use", tab: "tab" },
  call,
  last: null,
  last_call: null,
};

const words = { call: call.call, leg: "c", speaker: "citizen", text: "喂", start_us: 1, end_us: 2 };

function after(...events: [string, unknown][]): Desk {
  return events.reduce((desk, [name, data]) => deskAfter(desk, name, data, LOCAL), UNKNOWN);
}

describe("the desk", () => {
  it("takes the service's clock and the call that is there", () => {
    const desk = after(["desk", state]);
    expect(desk).toMatchObject({ offsetMs: 4000, shown: call.call, isOver: false });
  });

  it("hears what is said in its own call and in no other", () => {
    const desk = after(["desk", state], ["speech", words], ["speech", { ...words, call: "other", text: "别人" }]);
    expect(desk.speech.lines.map((line) => line.text)).toEqual(["喂"]);
  });

  it("keeps words and caller of a call that is over until the next one rings", () => {
    const over = after(
      ["desk", state],
      ["speech", words],
      ["ended", { call: call.call }],
      ["desk", { ...state, state: "wrapup", call: null, last: call.call }],
      ["speech", { ...words, text: "再见", start_us: 3e6, end_us: 4e6 }],
    );
    expect(over.speech.lines.map((line) => line.text)).toEqual(["喂", "再见"]);
    expect(over.call?.caller.number).toBe("138****0001");
    expect(callWords(over)).toBe("通话已结束");
    const next = deskAfter(over, "desk", { ...state, call: { ...call, call: "node1-2.1", state: "ringing" } }, LOCAL);
    expect(next).toMatchObject({ shown: "node1-2.1", isOver: false });
    expect(next.speech.lines).toEqual([]);
  });

  it("takes a call's words whole, and keeps them when the desk is told anew", () => {
    const view = {
      call: call.call,
      begun_us: 0,
      legs: [],
      transcript: { utterances: [{ speaker: "citizen", start_s: 0, end_s: 1, text: "喂" }] },
      draft: null,
      suggestions: [],
    };
    expect(after(["desk", state], ["call", view], ["desk", state]).speech.lines).toHaveLength(1);
    expect(after(["call", view], ["desk", state]).speech.lines).toHaveLength(1);
    const three_way = { room: "held", parties: [], lines: [], requests: [] };
    expect(after(["desk", state], ["call", { ...view, three_way }]).room.state).toBe("held");
  });

  it("knows who called after a reload in the wrap-up", () => {
    const over = { ...state, call: null, last: call.call, last_call: { ...call, state: "over" as const } };
    expect(after(["desk", over])).toMatchObject({ shown: call.call, isOver: true, call: { call: call.call } });
    expect(callWords(after(["desk", over]))).toBe("通话已结束");
  });

  it("shows the third lines as the state names them and as events change them", () => {
    const line = { line: "7", target: "police", label: "公安 110", code: "110", state: "ringing", why: null };
    const desk = after(
      ["desk", { ...state, call: { ...call, in_room: true, lines: [line] } }],
      ["line", { call: call.call, line: "7", target: "police", step: "joined" }],
    );
    expect(desk.room.lines).toEqual([{ line: "7", target: "police", state: "joined", why: "" }]);
  });

  it("changes nothing at an event without a meaning", () => {
    const desk = after(["desk", state]);
    expect(deskAfter(desk, "partial", null, LOCAL)).toBe(desk);
    expect(deskAfter(desk, "weather", { call: call.call }, LOCAL)).toBe(desk);
  });
});

describe("what can be done", () => {
  const can = (more: Partial<DeskState>) => canDo(after(["desk", { ...state, ...more }]));

  it("follows from the call's state", () => {
    expect(can({ call: { ...call, state: "ringing" } })).toMatchObject({ answer: true, mute: false, hangup: true });
    expect(can({})).toMatchObject({ answer: false, mute: true, hold: true, transfer: true, thirdLine: true });
    expect(can({ call: { ...call, in_room: true } })).toMatchObject({ hold: false, transfer: true, hangup: true });
    expect(can({ call: { ...call, in_room: true, lines: [joined] } })).toMatchObject({ transfer: false });
    expect(can({ call: { ...call, consulting: colleague } })).toMatchObject({ hold: true, transfer: false, thirdLine: false });
    expect(can({ call: { ...call, asked_by: colleague } })).toMatchObject({ transfer: false, thirdLine: false, hangup: true });
    expect(can({ call: { ...call, state: "lost" } })).toMatchObject({ resume: true, mute: false, hangup: false });
  });

  it("leaves answering and holding to a telephone on the desk", () => {
    const sip = { ...state.phone, kind: "sip" as const };
    expect(can({ phone: sip })).toMatchObject({ hold: false, mute: true, hangup: true });
    expect(can({ phone: sip, call: { ...call, state: "ringing" } })).toMatchObject({ answer: false });
    const ringing = after(["desk", { ...state, phone: sip, call: { ...call, state: "ringing" } }]);
    expect(callWords(ringing)).toContain("请用话机接听");
  });

  it("follows from the phone where the service cannot tell", () => {
    const away = after(["desk", { ...state, call: null, state: "ready" }]);
    expect(canDo(away, { state: "ringing" })).toMatchObject({ answer: true, hangup: true, mute: false });
    expect(canDo(away, { state: "talking" })).toMatchObject({ mute: true, hold: true, thirdLine: true, transfer: false });
    expect(callWords(away, { state: "ringing" })).toBe("来电振铃");
    expect(callWords(away, { state: "talking" })).toBe("通话中");
  });

  it("follows from the agent's state", () => {
    const idle = { call: null };
    expect(can({ ...idle, state: "signed_out" })).toMatchObject({ signIn: true, signOut: false, pause: false });
    expect(can({ ...idle, state: "paused" })).toMatchObject({ ready: true, pause: false, signOut: true });
    expect(can({ ...idle, state: "wrapup" })).toMatchObject({ ready: true, pause: true });
    expect(canDo(UNKNOWN)).toMatchObject({ signIn: false, ready: false, pause: false });
  });
});

describe("words", () => {
  it("tell the agent's state with its reason", () => {
    expect(stateWords("paused", "meal")).toBe("暂停 · 用餐");
    expect(stateWords("talking", "rest")).toBe("通话中（之后小休）");
    expect(stateWords("talking", "wrapup")).toBe("通话中（之后整理）");
    expect(stateWords("wrapup", "wrapup")).toBe("话后整理");
    expect(stateWords("ready", null)).toBe("就绪");
  });

  it("tell what is going on with the call", () => {
    expect(callWords(UNKNOWN)).toBe("没有通话");
    expect(callWords(after(["desk", { ...state, call: { ...call, muted: true } }]))).toBe("通话中 · 您已静音");
    expect(callWords(after(["desk", state]), { state: "talking", muted: true })).toBe("通话中 · 您已静音");
    expect(callWords(after(["desk", { ...state, call: { ...call, consulting: colleague } }]))).toBe("在与李强沟通，市民在听音乐");
    const asked = { ...call, state: "ringing" as const, asked_by: colleague };
    expect(callWords(after(["desk", { ...state, call: asked }]))).toBe("来电振铃：李强请您先沟通");
    expect(callWords(after(["desk", { ...state, call: { ...call, in_room: true } }]))).toBe("通话中");
    expect(callWords(after(["desk", { ...state, call: { ...call, in_room: true, lines: [joined] } }]))).toBe("三方通话");
    const held = after(
      ["desk", { ...state, call: { ...call, in_room: true } }],
      ["room", { call: call.call, who: "citizen", step: "held" }],
    );
    expect(callWords(held)).toBe("咨询中：市民在听音乐");
    expect(callWords(after(["desk", { ...state, call: { ...call, state: "lost" } }]))).toContain("话机断开");
  });
});
