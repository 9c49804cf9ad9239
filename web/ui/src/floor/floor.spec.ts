import { describe, expect, it } from "vitest";

import { serviceClock } from "./clock";
import {
  agentsShown, attention, emptied, folded, isLong, NO_FILTER, queueRows, stateName, waitLevel, waitOf, wasMoved,
} from "./floor";
import type { Agent, Call, Floor } from "./types";

const AT = "2026-11-22T04:00:00.000Z";
const NOW = Date.parse(AT);

function ago(ms: number): string {
  return new Date(NOW - ms).toISOString();
}

function call(id: string, parts: Partial<Call> = {}): Call {
  return {
    id, phase: "talking", caller: "138****5678", queue: "public", arrived_at: ago(60_000), human_at: ago(50_000),
    answered_at: ago(45_000), agents: ["1001"], pushed: false, lines: [], kind: null, title: null, place: null,
    emotion: null, risk_class: null, risk_grade: null, emergency_line: null, threat: null, marks: [], ...parts,
  };
}

function agent(number: string, parts: Partial<Agent> = {}): Agent {
  return {
    agent: number, name: `坐席${number}`, group: "甲班", role: "agent", state: "ready", reason: null, since: AT,
    queues: ["public"], own_queues: ["public"], call: null, ...parts,
  };
}

function floor(calls: Call[], agents: Agent[] = []): Floor {
  const counts = { waiting: 0, longest_wait_ms: null, waiting_over_10s: 0, waiting_over_15s: 0, agents: {} };
  const figure = { value: null, definition: "sl15_offered", version: 1 };
  return {
    at: AT, complete: true, total: counts, sl15_offered: figure, connect_rate_24h: figure, alarms: [], agents, calls,
    queues: [
      { queue: "public", label: "综合受理", ...counts, waiting: 1, longest_wait_ms: 9_500 },
      { queue: "english", label: "英语", ...counts },
    ],
  };
}

describe("what needs a supervisor's eye", () => {
  it("puts emergency before risk, risk by its grade, and late waits behind grave risks", () => {
    const calls = [
      call("quiet"),
      call("late", { phase: "waiting", human_at: ago(20_000), answered_at: null, agents: [] }),
      call("grade4", { risk_grade: "IV", risk_class: "公共卫生" }),
      call("grade2", { risk_grade: "II", risk_class: "社会安全" }),
      call("fire", { marks: [{ id: "1", kind: "emergency_line", text: "", line: "119", grade: null, words: ["着火了"], at: AT }] }),
      call("grade1", { risk_grade: "I", risk_class: "社会安全" }),
      call("threat", { threat: "我就去跳楼" }),
      call("pushed", { pushed: true }),
    ];
    const found = attention(floor(calls), NOW);
    expect(found.map((one) => one.call.id)).toEqual(["fire", "grade1", "threat", "grade2", "pushed", "late", "grade4"]);
    expect(found[0]).toMatchObject({ level: "critical", words: ["着火了"], reasons: [{ text: "建议接入 119 消防" }] });
    expect(found.find((one) => one.call.id === "threat")?.words).toEqual(["我就去跳楼"]);
    expect(found.filter((one) => one.level === "critical")).toHaveLength(4);
  });

  it("says that the line is there rather than that it should be", () => {
    const lines = [{ line: "1", target: "fire", label: "119", kind: "emergency", state: "joined" }];
    expect(attention(floor([call("a", { lines, emergency_line: "119" })]), NOW)[0]?.reasons).toEqual([
      { kind: "line", text: "119已接入" },
    ]);
  });

  it("keeps equal calls in the order in which they came, whatever order they are told in", () => {
    const older = call("b", { risk_grade: "I", arrived_at: ago(90_000) });
    const newer = call("a", { risk_grade: "I", arrived_at: ago(10_000) });
    for (const calls of [[older, newer], [newer, older]]) {
      expect(attention(floor(calls), NOW).map((one) => one.call.id)).toEqual(["b", "a"]);
    }
  });

  it("does not take a grade that it does not know for a rank", () => {
    expect(attention(floor([call("a", { risk_grade: "toString" })]), NOW)).toEqual([]);
  });

  it("takes the gravest grade: many callers may have raised the one of this call", () => {
    const marks = [{ id: "1", kind: "risk" as const, text: "", line: null, grade: "II", words: [], at: AT }];
    const raised = attention(floor([call("a", { risk_grade: "IV", risk_class: "社会安全", marks })]), NOW)[0];
    expect([raised?.level, raised?.reasons[0]?.text]).toEqual(["critical", "II级 社会安全"]);
  });

  it("folds a surge of waits and nothing else", () => {
    const late = [1, 2, 3, 4, 5].map((n) => call(`w${n}`, { phase: "waiting", human_at: ago(20_000), arrived_at: ago(90_000 - n), answered_at: null }));
    const both = call("x", { phase: "waiting", human_at: ago(20_000), answered_at: null, risk_grade: "IV" });
    const { shown, more } = folded(attention(floor([...late, both]), NOW));
    expect([shown.map((one) => one.call.id), more]).toEqual([["w1", "w2", "w3", "x"], 2]);
  });
});

describe("waits", () => {
  it("counts from when a human was asked for, and 15 s is inside", () => {
    expect(waitOf(call("a", { phase: "waiting", human_at: ago(15_000) }), NOW)).toBe(15_000);
    expect(waitOf(call("a"), NOW)).toBeNull();
    expect([10_000, 10_001, 15_000, 15_001].map(waitLevel)).toEqual(["ok", "near", "near", "broken"]);
  });

  it("runs on between two events", () => {
    const waiting = call("a", { phase: "waiting", human_at: ago(9_500), answered_at: null });
    const [now] = queueRows(floor([waiting]), 0);
    const [later] = queueRows(floor([waiting]), 6_000);
    expect([now?.level, later?.level]).toEqual(["ok", "broken"]);
    expect(later?.waits).toEqual([15_500]);
    expect(queueRows(floor([waiting]), 6_000)[1]?.longestMs).toBeNull();
  });
});

describe("agents", () => {
  it("shows whoever is in an urgent call first, then by state and number", () => {
    const all = [
      agent("1005", { state: "signed_out", queues: [] }), agent("1004"), agent("1003", { state: "talking", call: "x" }),
      agent("1002", { state: "paused" }), agent("1001", { state: "ready", call: "fire" }),
    ];
    const numbers = agentsShown(all, NO_FILTER, new Set(["fire"])).map((one) => one.agent);
    expect(numbers).toEqual(["1001", "1003", "1004", "1002", "1005"]);
    expect(agentsShown(all, { ...NO_FILTER, text: "1004" }, new Set()).map((one) => one.agent)).toEqual(["1004"]);
    expect(agentsShown(all, { ...NO_FILTER, queue: "english" }, new Set())).toEqual([]);
  });

  it("knows who was moved", () => {
    expect(wasMoved(agent("1", { own_queues: ["public", "english"], queues: ["english", "public"] }))).toBe(false);
    expect(wasMoved(agent("1", { queues: ["english"] }))).toBe(true);
    expect(wasMoved(agent("1", { queues: [] }))).toBe(false);
  });

  it("names a pause by its reason, also one beneath a talk", () => {
    expect(stateName(agent("1", { state: "paused", reason: "meal" }))).toBe("暂停 · 用餐");
    expect(stateName(agent("1", { state: "talking", reason: "meal" }))).toBe("通话中（用餐）");
    expect(stateName(agent("1", { state: "wrapup", reason: "wrapup" }))).toBe("话后整理");
  });

  it("marks what lasts too long", () => {
    expect(isLong(agent("1", { state: "held", since: ago(121_000) }), NOW)).toBe(true);
    expect(isLong(agent("1", { state: "ready", since: ago(9_999_999) }), NOW)).toBe(false);
  });

  it("warns when a move leaves a queue without anybody", () => {
    const moved = agent("1001", { queues: ["public", "english"] });
    const others = [moved, agent("1002"), agent("1003", { queues: ["english"], state: "unreachable" })];
    expect(emptied(floor([], others), moved, ["public"])).toEqual(["英语"]);
    expect(emptied(floor([], others), moved, ["english"])).toEqual([]);
  });
});

describe("the service's clock", () => {
  it("is the nearest sample, and a new one after a jump", () => {
    const clock = serviceClock();
    expect(clock.now(5)).toBeNull();
    clock.learn(1_000_000, 100);
    clock.learn(1_001_000, 1_400); // came 300 ms late
    expect(clock.now(2_000)).toBe(1_001_900);
    clock.learn(500_000, 3_000);
    expect(clock.now(3_000)).toBe(500_000);
  });
});
