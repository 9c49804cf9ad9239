/** A whole number instead of a masked one: only with a reason, which the access log keeps. */

import { ask } from "./api";

export type Revealed = "call" | "callback" | "ticket";

export const REASONS = ["需要回拨来电人", "核对来电人身份", "上级单位督办核查", "投诉或争议调查"] as const;
export const SHORTEST_REASON = 4;
const SHOWN_MS = 60_000;

/** Tell whether a reason can be sent. */
export function isReason(text: string): boolean {
  return [...text.trim()].length >= SHORTEST_REASON;
}

/** Ask for the whole value; throws `Problem`. `until` is when the page masks it again (`Date.now()`, ms). */
export async function reveal(
  what: Revealed,
  id: string,
  field: string,
  reason: string,
): Promise<{ value: string; until: number }> {
  const body = { what, id, field, reason: reason.trim() };
  const answer = await ask<{ value: string; until?: string | null }>("POST", "/api/v1/reveals", { body });
  const end = Date.parse(answer.until ?? "");
  return { value: answer.value, until: Math.min(Number.isNaN(end) ? Infinity : end, Date.now() + SHOWN_MS) };
}
