// @vitest-environment node
import { describe, expect, it } from "vitest";

import { cards, proposed, urgentWords } from "./hints";
import type { Suggestion } from "./types";

let count = 0;
function suggestion(kind: Suggestion["kind"], data: Record<string, unknown> = {}): Suggestion {
  count += 1;
  return { id: `${count}`, kind, text: `${kind} ${count}`, data, evidence: [], at: "", withdrawn: false };
}

describe("cards", () => {
  it("puts what is dangerous first, and keeps the order of the rest", () => {
    const wording = suggestion("wording");
    const all = [suggestion("category"), wording, suggestion("wording"), suggestion("emergency_line")];
    expect(cards(all, new Set()).map((card) => card.label)).toEqual(["紧急", "用语", "用语", "分类"]);
    expect(cards(all, new Set())[1]?.id).toBe(wording.id);
  });

  it("lets what was put aside go, and names what may not be", () => {
    const [risk, emotion] = [suggestion("risk"), suggestion("emotion")];
    expect(cards([risk, emotion], new Set([emotion.id])).map((card) => card.label)).toEqual(["风险"]);
    expect(cards([risk, emotion], new Set()).map((card) => card.closable)).toEqual([false, true]);
  });
});

describe("proposed", () => {
  it("is the first danger's line that is configured", () => {
    const none = suggestion("emergency_line", { line: "119", target: null, first: true });
    const second = suggestion("emergency_line", { line: "120", target: "ambulance", first: false });
    const first = suggestion("emergency_line", { line: "110", target: "police", first: true });
    expect(proposed([none])).toBeNull();
    expect(proposed([none, second])).toEqual({ target: "ambulance", line: "120" });
    expect(proposed([second, first])).toEqual({ target: "police", line: "110" });
  });
});

describe("urgentWords", () => {
  it("says a danger once, and nothing of what can wait", () => {
    const fire = suggestion("emergency_line");
    expect(urgentWords([], [fire, suggestion("wording")])).toBe(fire.text);
    expect(urgentWords([fire], [fire])).toBe("");
  });
});
