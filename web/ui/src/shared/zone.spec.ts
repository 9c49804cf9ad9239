import { afterEach, describe, expect, it } from "vitest";

import { beginOf, chosen, dayAfter, dayOf, setZone, timeOf } from "./zone";

afterEach(() => setZone("Asia/Shanghai"));

describe("the site's clock", () => {
  const moment = new Date("2026-11-22T18:30:05Z");

  it("is that of the site", () => {
    expect([timeOf(moment), dayOf(moment)]).toEqual(["2026-11-23 02:30:05", "2026-11-23"]);
    setZone("Asia/Urumqi");
    expect(timeOf(moment)).toBe("2026-11-23 00:30:05");
    setZone("America/New_York");
    expect([timeOf(moment), dayOf(moment)]).toEqual(["2026-11-22 13:30:05", "2026-11-22"]);
  });

  it("stays where a zone is not known", () => {
    setZone("Nowhere/None");
    setZone("");
    expect(timeOf(moment)).toBe("2026-11-23 02:30:05");
  });

  it("knows when a day begins, also where a clock is changed", () => {
    expect(beginOf("2026-11-22").toISOString()).toBe("2026-11-21T16:00:00.000Z");
    setZone("America/New_York");
    expect(beginOf("2026-03-08").toISOString()).toBe("2026-03-08T05:00:00.000Z");
    expect(beginOf("2026-03-09").toISOString()).toBe("2026-03-09T04:00:00.000Z");
    expect(beginOf("2026-11-01").toISOString()).toBe("2026-11-01T04:00:00.000Z");
    setZone("Africa/Cairo"); // 2026-04-24 begins at 01:00
    expect(beginOf("2026-04-24").toISOString()).toBe("2026-04-23T22:00:00.000Z");
  });

  it("reads a day as it stands in a picker", () => {
    expect(chosen(new Date(2026, 0, 5))).toBe("2026-01-05");
    expect(dayAfter("2026-12-31")).toBe("2027-01-01");
  });
});
