import { describe, expect, it } from "vitest";

import { actsOf, actsOfOne, endedOf, leftMs, mayCorrect, partsOf, type Progress } from "./campaigns";
import { escaped, heatMap, lowestShown, rateCurve, readable } from "./charts";
import { limitOf, meaning, parts, shown, toneOf } from "./figures";
import { isNumber } from "./number";

describe("a single callback", () => {
  it("has another number as long as nobody was dialled", () => {
    expect(["waiting", "paused", "calling", "check", "done"].map((state) => mayCorrect({ state, outcomes: [] }))).toEqual([true, true, false, false, false]);
    expect(mayCorrect({ state: "waiting", outcomes: ["busy"] })).toBe(false);
  });

  it("is asked for what looks like a number", () => {
    expect(["13800138000", "+86 138-0013-8000", "（010）1234 5678"].map(isNumber)).toEqual([true, true, true]);
    expect(["", "110", "王女士", "138001380a0", "13800138000&x"].map(isNumber)).toEqual([false, false, false, false, false]);
  });

  it("is held, let go and given up as its state allows", () => {
    expect([actsOfOne("waiting"), actsOfOne("paused"), actsOfOne("calling")]).toEqual([["pause", "cancel"], ["resume", "cancel"], []]);
  });
});

describe("figures", () => {
  const rate = { value: 0.8499, numerator: 8499, denominator: 10_000, definition: "sl15_offered", version: 1, limit: 0.85 };

  it("stand under, near and over their limit", () => {
    expect([0.8499, 0.85, 0.8599, 0.9].map((value) => toneOf({ ...rate, value }))).toEqual(["broken", "near", "near", "fine"]);
    expect(toneOf({ ...rate, value: null })).toBe("none");
    expect(toneOf({ value: 15_001, definition: "wait_max", version: 1, limit: 15_000 })).toBe("broken");
    expect(toneOf({ value: 15_000, definition: "wait_max", version: 1, limit: 15_000 })).toBe("fine");
  });

  it("show what was divided by what", () => {
    expect([shown(rate, "ratio"), limitOf(rate, "ratio"), parts(rate, "ratio")]).toEqual(["84.99%", "≥ 85.00%", "8,499 ÷ 10,000"]);
    const mean = { value: 9100, numerator: 91_000_000, denominator: 10, definition: "asa", version: 1 };
    expect([shown(mean, "ms"), parts(mean, "ms")]).toEqual(["9.1 秒", "91.0 秒 ÷ 10"]);
    expect(shown({ value: { answered: 3, abandoned: 1 }, definition: "outcome", version: 1 }, "outcomes")).toBe("4");
  });

  it("give the service's own formula for a version that the page does not know", () => {
    expect(meaning({ id: "sl15_offered", version: 1, formula: "f" })).toContain("15 秒内");
    expect(meaning({ id: "sl15_offered", version: 2, formula: "new formula" })).toBe("new formula");
  });
});

describe("curves", () => {
  it("draw gaps where nothing is known, and never from a floor above the limit", () => {
    const points = [
      { at: "2026-11-22T04:00:00Z", offered: 0, answered: 0, sl15_offered: null, connect_rate_24h: 0.99 },
      { at: "2026-11-22T04:15:00Z", offered: 4, answered: 3, sl15_offered: 0.756, connect_rate_24h: 0.9899999 },
    ];
    const option = rateCurve(points, { sl15: 0.85, connect: 0.95 }) as { series: { data: (number | null)[] }[]; yAxis: { min: number } };
    expect(option.series.map((one) => one.data)).toEqual([[null, 75.6], [99, 98.99]]);
    expect(option.yAxis.min).toBe(70);
    expect(lowestShown([], 0.85)).toBe(80);
    expect(lowestShown([0], 0.85)).toBe(0);
  });

  it("put places under their domain, as large as their callers are many", () => {
    const option = heatMap([
      { place: "幸福里", domain: "城市管理", tickets: 9, callers: 7, grade: "IV" },
      { place: "", domain: null, tickets: 2, callers: 2, grade: null },
    ]) as { series: { data: { name: string; children: { name: string; value: number }[] }[] }[] };
    expect(option.series[0]?.data.map((one) => [one.name, one.children.map((place) => [place.name, place.value])])).toEqual([
      ["城市管理", [["幸福里", 7]]],
      ["未分类", [["未说明地点", 2]]],
    ]);
  });

  it("grow with the page's letters and keep what the axis says", () => {
    const option = readable(rateCurve([], { sl15: 0.85, connect: 0.95 }), { large: true, contrast: true }) as {
      textStyle: unknown; yAxis: { min: number; axisLabel: Record<string, unknown> };
    };
    expect(option.textStyle).toEqual({ fontSize: 17, color: "#000" });
    expect(option.yAxis).toMatchObject({ min: 80, axisLabel: { formatter: "{value}%", fontSize: 17 } });
  });

  it("never let a place's name be markup", () => {
    expect(escaped('<img src=x onerror="a()">')).not.toMatch(/[<>"]/);
  });
});

describe("campaigns", () => {
  const states = { waiting: 40, calling: 2, paused: 0, done: 50, expired: 5, refused: 1, cancelled: 0, check: 2 };

  it("show what is over and what is open", () => {
    expect(endedOf(states)).toEqual({ ended: 58, total: 100 });
    expect(partsOf(states).map((part) => [part.state, part.share])).toEqual([
      ["done", 0.5], ["check", 0.02], ["expired", 0.05], ["refused", 0.01], ["calling", 0.02], ["waiting", 0.4],
    ]);
    expect(partsOf({})).toEqual([]);
  });

  it("may be paused, resumed and cancelled only where that means something", () => {
    expect((["running", "paused", "ended", "cancelled"] as const).map(actsOf)).toEqual([["pause", "cancel"], ["resume", "cancel"], [], []]);
  });

  it("tell how long they go on only when they move", () => {
    const progress: Progress = {
      campaign: "a", name: "", state: "running", total: 100, ended: 58, states, dialling: 1, talking: 1,
      attempts_recent: 30, ended_recent: 21, open: 42, share: 0.58,
    };
    expect(leftMs(progress)).toBe(10 * 60_000);
    expect(leftMs({ ...progress, ended_recent: 0 })).toBeNull();
    expect(leftMs({ ...progress, state: "paused" })).toBeNull();
  });
});
