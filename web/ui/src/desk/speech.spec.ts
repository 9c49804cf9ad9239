// @vitest-environment node
import { describe, expect, it } from "vitest";
import { MOST_LINES, SILENT, hear, speechOf } from "./speech";
import type { Suggestion } from "./types";

const BEGUN = 1_790_000_000_000_000;
const proposal: Suggestion = {
  id: "1",
  kind: "emergency_line",
  text: "火灾：“着火了”。建议一键转接 119（消防）",
  data: { line: "119", target: "fire" },
  evidence: [],
  at: "2026-11-22T10:00:00+00:00",
  withdrawn: false,
};

function sentence(text: string, start: number, more: object = {}) {
  return {
    leg: "c1",
    speaker: "citizen",
    text,
    start_us: BEGUN + start * 1e6,
    end_us: BEGUN + (start + 1) * 1e6,
    ...more,
  };
}

describe("speechOf", () => {
  it("takes the state's sentences as they are written, and its guesses", () => {
    const speech = speechOf({
      begun_us: BEGUN,
      legs: [
        { leg: "c1", speaker: "citizen", on: true, partial: "着火" },
        { leg: "a1", speaker: "agent", on: true, partial: "" },
      ],
      transcript: {
        utterances: [
          { speaker: "agent", start_s: 0, end_s: 1, text: "您 好", readable: "您好。", personal: [] },
          { speaker: "citizen", start_s: 1, end_s: 2, text: "喂" },
        ],
      },
      draft: null,
      suggestions: [proposal, { ...proposal, id: "2", withdrawn: true }],
    });
    expect(speech.lines.map((line) => line.text)).toEqual(["您好。", "喂"]);
    expect(speech.guesses).toEqual([{ leg: "c1", speaker: "citizen", text: "着火" }]);
    expect(speech.suggestions.map((one) => one.id)).toEqual(["1"]);
  });

  it("is silent without a state", () => {
    expect(speechOf(null)).toBe(SILENT);
  });
});

describe("hear", () => {
  it("replaces a leg's guess in its place, and takes it back when it is empty", () => {
    let speech = hear(SILENT, "partial", { leg: "c1", speaker: "citizen", text: "我" });
    speech = hear(speech, "partial", { leg: "a1", speaker: "agent", text: "您" });
    speech = hear(speech, "partial", { leg: "c1", speaker: "citizen", text: "我家" });
    expect(speech.guesses.map((one) => one.text)).toEqual(["我家", "您"]);
    speech = hear(speech, "partial", { leg: "c1", speaker: "citizen", text: "" });
    expect(speech.guesses.map((one) => one.text)).toEqual(["您"]);
  });

  it("puts a final sentence where it was spoken, once, and ends its guess", () => {
    let speech = hear({ ...SILENT, begunUs: BEGUN }, "partial", { leg: "c1", speaker: "citizen", text: "一" });
    speech = hear(speech, "speech", sentence("后来的话", 9, { readable: "后来的话。", personal: [] }));
    speech = hear(speech, "speech", sentence("先说的话", 3));
    speech = hear(speech, "speech", sentence("先说的话", 3));
    expect(speech.lines.map((line) => [line.start_s, line.text])).toEqual([
      [3, "先说的话"],
      [9, "后来的话。"],
    ]);
    expect(speech.guesses).toEqual([]);
  });

  it("counts seconds from the moment a leg began to be heard", () => {
    const at = new Date(BEGUN / 1000).toISOString();
    const begun = hear(SILENT, "live", { leg: "c1", speaker: "citizen", state: "on", why: "begun", at });
    expect(hear(begun, "speech", sentence("喂", 2)).lines[0]?.start_s).toBeCloseTo(2, 2);
  });

  it("tells when nothing is heard, and when it is heard again", () => {
    const shed = hear(SILENT, "live", { leg: "c1", state: "shed", why: "behind" });
    expect(shed.deaf).toBe("behind");
    expect(hear(shed, "live", { leg: "c1", state: "on", why: "begun" }).deaf).toBe("");
    expect(hear(shed, "live", { leg: "c1", state: "off", why: "ended" }).deaf).toBe("");
  });

  it("shows a suggestion once and forgets it when it is withdrawn", () => {
    let speech = hear(SILENT, "suggestion", { ...proposal });
    speech = hear(speech, "suggestion", { ...proposal, text: "改了" });
    expect(speech.suggestions.map((one) => one.text)).toEqual(["改了"]);
    expect(hear(speech, "suggestion", { ...proposal, withdrawn: true }).suggestions).toEqual([]);
  });

  it("holds a bounded number of sentences, the newest", () => {
    let speech = { ...SILENT, begunUs: BEGUN };
    for (let second = 0; second < MOST_LINES + 5; second += 1) {
      speech = hear(speech, "speech", sentence(`${second}`, second)) as typeof speech;
    }
    expect(speech.lines).toHaveLength(MOST_LINES);
    expect(speech.lines.at(-1)?.text).toBe(`${MOST_LINES + 4}`);
  });

  it("leaves everything as it is at an event it does not know", () => {
    expect(hear(SILENT, "weather", { text: "雨" })).toBe(SILENT);
  });
});
