// @vitest-environment node
import { describe, expect, it } from "vitest";
import { clock, offsetOf, secondsLeft, secondsSince, shortDate, spoken } from "./timers";

const NOON = Date.parse("2026-11-22T12:00:00Z");

describe("timers", () => {
  it("counts on the service's clock", () => {
    const offset = offsetOf("2026-11-22T12:00:30Z", NOON);
    expect(offset).toBe(30_000);
    expect(secondsSince("2026-11-22T11:59:00Z", NOON + offset)).toBe(90);
  });

  it("knows no time without a moment, and none before it", () => {
    expect(secondsSince(null, NOON)).toBeNull();
    expect(secondsSince("soon", NOON)).toBeNull();
    expect(secondsLeft(undefined, NOON)).toBeNull();
    expect(secondsSince("2026-11-22T12:00:05Z", NOON)).toBe(0);
    expect(offsetOf("soon", NOON)).toBe(0);
  });

  it("counts down to nothing and stays there", () => {
    expect(secondsLeft("2026-11-22T12:00:29.200Z", NOON)).toBe(30);
    expect(secondsLeft("2026-11-22T11:00:00Z", NOON)).toBe(0);
  });

  it("writes times for eyes and for ears", () => {
    expect([clock(0), clock(187), clock(3787), clock(null)]).toEqual(["00:00", "03:07", "1:03:07", "--:--"]);
    expect([spoken(7), spoken(187), spoken(null)]).toEqual(["7 秒", "3 分 7 秒", "未知"]);
    expect(shortDate("2026-11-22T12:00:00+08:00")).toBe("11-22 12:00");
    expect(shortDate(null)).toBe("");
  });
});
