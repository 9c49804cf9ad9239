// @vitest-environment node
import { describe, expect, it } from "vitest";
import { FIELDS, GROUPS, read, specOf, sureness, written } from "./ticket-fields";

const of = (name: string, text: string) => read(specOf(name)!, text);

describe("the table of fields", () => {
  it("has every field once, in few groups", () => {
    expect(new Set(FIELDS.map((spec) => spec.name)).size).toBe(FIELDS.length);
    expect(GROUPS).toEqual(["事项", "诉求人", "风险", "受理"]);
    expect(specOf("caller")).toBeUndefined();
  });
});

describe("read", () => {
  it("takes an emptied field for one that nobody spoke of", () => {
    for (const spec of FIELDS) expect(read(spec, "  ")).toEqual({ value: null });
  });

  it("takes what the list holds and nothing else", () => {
    expect(of("kind", "投诉")).toEqual({ value: "投诉" });
    expect(of("kind", "起诉")).toHaveProperty("problem");
    expect(of("confidential", "是")).toEqual({ value: true });
    expect(of("confidential", "否")).toEqual({ value: false });
    expect(of("confidential", "也许")).toHaveProperty("problem");
  });

  it("makes one line of a text and bounds it", () => {
    expect(of("content", "楼道\n着火 ")).toEqual({ value: "楼道 着火" });
    expect(of("title", "一".repeat(20))).toHaveProperty("value");
    expect(of("title", "一".repeat(21))).toEqual({ problem: "最多 20 字" });
  });

  it("reads counts and numbers", () => {
    expect(of("people", "12")).toEqual({ value: 12 });
    for (const text of ["0", "1.5", "很多", "1000001", "-3"]) expect(of("people", text)).toHaveProperty("problem");
    expect(of("phone", "138 0013-8000")).toEqual({ value: "13800138000" });
    expect(of("phone", "一三八")).toHaveProperty("problem");
  });

  it("reads days, minutes and spans", () => {
    expect(of("occurred_at", "2026-03-11 20:30")).toEqual({ value: "2026-03-11T20:30" });
    expect(of("occurred_at", "2026-03-11/2026-03-12")).toEqual({ value: "2026-03-11/2026-03-12" });
    for (const text of ["昨天", "2026-02-30", "2026-03-12/2026-03-11", "2026-03-11 25:00", "2026-13-01"]) {
      expect(of("occurred_at", text)).toHaveProperty("problem");
    }
  });
});

describe("written", () => {
  it("gives back what can be read again", () => {
    expect(written("2026-03-11T20:30/2026-03-12T08:00")).toBe("2026-03-11 20:30/2026-03-12 08:00");
    expect([written(true), written(false), written(12), written(null)]).toEqual(["是", "否", "12", ""]);
  });

  it("says in a word how sure the draft is", () => {
    expect([sureness(0.95), sureness(0.6), sureness(0.2)]).toEqual(["高", "中", "低"]);
  });
});
