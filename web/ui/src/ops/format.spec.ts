import { describe, expect, it } from "vitest";

import { clockOf, count, lasting, length, momentOf, NOTHING, percent, seconds } from "./format";
import { setZone } from "../shared/zone";

describe("numbers for people", () => {
  it("cuts a rate and never lifts it to its limit", () => {
    expect(percent(0.84999)).toBe("84.99%");
    expect(percent(0.85)).toBe("85.00%");
    expect(percent(0.29)).toBe("29.00%");
    expect(percent(1)).toBe("100.00%");
  });

  it("shows nothing where nothing is known", () => {
    for (const none of [null, undefined, Number.NaN]) {
      expect([percent(none), seconds(none), count(none)]).toEqual([NOTHING, NOTHING, NOTHING]);
    }
    expect(clockOf("not a moment")).toBe(NOTHING);
  });

  it("writes running times and lengths", () => {
    expect([0, 7_999, 65_000, 3_723_000].map(lasting)).toEqual(["0:00", "0:07", "1:05", "1:02:03"]);
    expect([8_000, 185_000, 7_800_000, 356_400_000].map(length)).toEqual([
      "8 秒", "3 分 05 秒", "2 小时 10 分", "4 天 3 小时",
    ]);
    expect(seconds(9_199)).toBe("9.1 秒");
    expect(count(12_345.9)).toBe("12,345");
  });

  it("writes moments by the site's clock, midnight as 00", () => {
    expect(clockOf("2026-11-22T16:00:05Z")).toBe("00:00:05");
    expect(momentOf("2026-11-22T16:00:05Z")).toBe("11/23 00:00");
    setZone("Asia/Urumqi");
    expect(momentOf("2026-11-22T16:00:05Z")).toBe("11/22 22:00");
    setZone("Asia/Shanghai");
  });
});
