// @vitest-environment node
import { describe, expect, it } from "vitest";
import { NO_ROOM, isConsulting, linesShown, roomAfter, roomOf } from "./room";
import type { Room } from "./room";
import type { Suggestion, ThirdLine } from "./types";

const police: ThirdLine = {
  name: "police",
  code: "110",
  key: "*110",
  label: "公安 110",
  kind: "emergency",
  open: true,
  opens: null,
  allowed: true,
  needs_reason: false,
};
const water: ThirdLine = { ...police, name: "water", code: "21", label: "自来水", kind: "utility", open: false };

const shown = (room: Room) => linesShown([police], room, [])[0]!;

function after(...events: [string, Record<string, unknown>][]): Room {
  return events.reduce((room, [name, data]) => roomAfter(room, name, data), NO_ROOM);
}

const step = (one: string, more: object = {}): [string, Record<string, unknown>] => [
  "line",
  { line: "7", target: "police", step: one, ...more },
];

describe("a third line's state", () => {
  it("is shown from the request to the joined line and its end", () => {
    expect(shown(NO_ROOM)).toMatchObject({ state: "idle", words: "", drop: "" });
    const asked: [string, Record<string, unknown>] = [
      "request",
      { request: "r", line: "7", target: "police", state: "moving" },
    ];
    expect(shown(after(asked))).toMatchObject({ state: "waiting", words: "请求中", drop: "7" });
    expect(shown(after(asked, step("asked"), step("dial"))).words).toBe("正在呼叫");
    expect(shown(after(asked, step("ringing"))).words).toBe("对方振铃");
    expect(shown(after(asked, step("joined")))).toMatchObject({ state: "joined", drop: "7" });
    expect(shown(after(asked, step("joined"), step("left")))).toMatchObject({ state: "left", drop: "" });
  });

  it("says why a line was not reached, and that it can be tried again", () => {
    const room = after(step("dial"), step("failed", { why: "busy", route: 1 }), step("gave_up", { why: "noanswer" }));
    expect(shown(room)).toMatchObject({ state: "failed", words: "无人接听", drop: "" });
    expect(shown(after(step("dial"), step("failed", { why: "busy" }))).state).toBe("waiting");
    const again = roomAfter(room, "request", { request: "s", line: "8", target: "police", state: "asked" });
    expect(shown(again)).toMatchObject({ state: "waiting", drop: "8" });
  });

  it("says that a request failed before any line was called", () => {
    const room = after(["request", { request: "r", line: "7", target: "police", state: "failed", why: "gone" }]);
    expect(shown(room)).toMatchObject({ state: "failed", words: "市民已挂机" });
  });

  it("does not let a request that is done hide what the line says", () => {
    const room = after(step("joined"), ["request", { request: "r", line: "7", target: "police", state: "running" }]);
    expect(shown(room).state).toBe("joined");
  });

  it("is closed out of hours, with the next opening", () => {
    const closed = linesShown([{ ...water, opens: "2026-11-23T08:30:00+08:00" }], NO_ROOM, [])[0]!;
    expect(closed).toMatchObject({ state: "closed", words: "11 月 23 日 08:30 开放" });
    expect(linesShown([water], NO_ROOM, [])[0]!.words).toBe("现在不开放");
  });

  it("is marked where a suggestion proposes it, in its own place", () => {
    const suggestion = { id: "1", kind: "emergency_line", data: { target: "police" } } as unknown as Suggestion;
    const all = linesShown([water, police], NO_ROOM, [suggestion]);
    expect(all.map((one) => [one.line.name, one.proposal?.id ?? ""])).toEqual([
      ["water", ""],
      ["police", "1"],
    ]);
  });
});

describe("the room", () => {
  it("knows that the citizen waits in a consultation, until all are together", () => {
    let room = after(
      ["room", { who: "agent", agent: "1001", step: "moved" }],
      ["room", { who: "citizen", step: "held" }],
    );
    expect(isConsulting(room)).toBe(true);
    room = roomAfter(room, "room", { who: "citizen", step: "unheld" });
    expect(isConsulting(room)).toBe(false);
    expect(room.parties).toHaveLength(2);
  });

  it("is over when all have left", () => {
    const room = after(
      ["room", { who: "citizen", step: "moved" }],
      ["room", { who: "line", line: "7", step: "joined" }],
      ["room", { who: "citizen", step: "left" }],
    );
    expect(room).toMatchObject({ state: "over", parties: [] });
  });

  it("takes the service's state whole", () => {
    const parties = [{ who: "citizen", agent: "", held: true }];
    expect(isConsulting(roomOf({ room: "held", parties }))).toBe(true);
    expect(roomOf(null)).toBe(NO_ROOM);
  });
});
