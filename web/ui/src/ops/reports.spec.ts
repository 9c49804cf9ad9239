import { describe, expect, it } from "vitest";

import { named, presetOf } from "./reports";

describe("the period of a report", () => {
  // 00:30 of 1 January in the site's zone is still the year before in UTC.
  const newYear = new Date("2026-12-31T16:30:00Z");

  it("is by the site's calendar", () => {
    expect(presetOf("month", newYear)).toEqual(["2027-01-01", "now"]);
    expect(presetOf("last_month", newYear)).toEqual(["2026-12-01", "2026-12-31"]);
    expect(presetOf("week", newYear)).toEqual(["2026-12-26", "now"]);
  });

  it("knows the lengths of months", () => {
    expect(presetOf("last_month", new Date("2028-03-10T00:00:00Z"))).toEqual(["2028-02-01", "2028-02-29"]);
  });

  it("is said in words", () => {
    expect(named(["yesterday", "yesterday"])).toBe("昨日");
    expect(named(["2026-11-01", "now"])).toBe("2026-11-01 至 现在");
  });
});
