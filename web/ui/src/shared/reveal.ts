/** A whole number instead of a masked one: only with a reason, which the access log keeps. */

import { api, got } from "./api";

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
  const { value } = await got(api.POST("/api/v1/reveals", { body: { what, id, field, reason: reason.trim() } }));
  return { value, until: Date.now() + SHOWN_MS };
}
