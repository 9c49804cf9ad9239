/** What is told to the agent while the call goes on, the most pressing first, each in a place that stays. Pure. */

import type { Suggestion } from "./types";

export type Tone = "alarm" | "warning" | "note";

export interface HintCard {
  id: string;
  label: string;
  tone: Tone;
  text: string;
  suggestion: Suggestion;
  /** Whether the agent may put it aside; what is dangerous stays until it is withdrawn. */
  closable: boolean;
}

const KINDS: Record<Suggestion["kind"], { label: string; tone: Tone; order: number; closable: boolean }> = {
  emergency_line: { label: "紧急", tone: "alarm", order: 0, closable: false },
  risk: { label: "风险", tone: "warning", order: 1, closable: false },
  emotion: { label: "情绪", tone: "warning", order: 2, closable: true },
  wording: { label: "用语", tone: "note", order: 3, closable: true },
  repeat: { label: "重复来电", tone: "note", order: 4, closable: true },
  similar: { label: "同类诉求", tone: "note", order: 5, closable: true },
  category: { label: "分类", tone: "note", order: 6, closable: true },
};

/** Return the cards that are shown: by how pressing they are, then in the order in which they came. */
export function cards(suggestions: readonly Suggestion[], closed: ReadonlySet<string>): HintCard[] {
  return suggestions
    .filter((one) => one.kind in KINDS && !one.withdrawn && !closed.has(one.id))
    .map((one, came) => ({ one, came, kind: KINDS[one.kind] }))
    .sort((a, b) => a.kind.order - b.kind.order || a.came - b.came)
    .map(({ one, kind }) => ({
      id: one.id,
      label: kind.label,
      tone: kind.tone,
      text: one.text,
      suggestion: one,
      closable: kind.closable,
    }));
}

/** Return the third line that is proposed first and can be called in: its name and its emergency number. */
export function proposed(suggestions: readonly Suggestion[]): { target: string; line: string } | null {
  const lines = suggestions.filter((one) => one.kind === "emergency_line" && typeof one.data["target"] === "string");
  const first = lines.find((one) => one.data["first"] === true) ?? lines[0];
  return first ? { target: String(first.data["target"]), line: String(first.data["line"] ?? "") } : null;
}

/** Return what a screen reader says at once of new suggestions: only what cannot wait. */
export function urgentWords(before: readonly Suggestion[], after: readonly Suggestion[]): string {
  const known = new Set(before.map((one) => one.id));
  return after
    .filter((one) => !known.has(one.id) && (one.kind === "emergency_line" || one.kind === "risk"))
    .map((one) => one.text)
    .join("。");
}
