/** Times on the screen, counted on the service's clock: the browser's may be wrong. Pure. */

import { timeOf } from "../shared/zone";

/** Return how far the service's clock is ahead of the browser's, in milliseconds. */
export function offsetOf(serverIso: string, localMs: number): number {
  const server = Date.parse(serverIso);
  return Number.isNaN(server) ? 0 : server - localMs;
}

/** Return the whole seconds since a moment, never negative; null without a moment. */
export function secondsSince(iso: string | null | undefined, nowMs: number): number | null {
  const at = iso ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.floor((nowMs - at) / 1000));
}

/** Return the whole seconds that are left until a moment, 0 once it has passed; null without a moment. */
export function secondsLeft(iso: string | null | undefined, nowMs: number): number | null {
  const at = iso ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

/** Return seconds as a clock shows them: 03:07, or 1:03:07. */
export function clock(seconds: number | null): string {
  if (seconds === null) return "--:--";
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const pair = (value: number) => String(value).padStart(2, "0");
  return hours ? `${hours}:${pair(minutes)}:${pair(rest)}` : `${pair(minutes)}:${pair(rest)}`;
}

/** Return seconds as a screen reader says them: 3 分 7 秒. */
export function spoken(seconds: number | null): string {
  if (seconds === null) return "未知";
  const minutes = Math.floor(seconds / 60);
  return minutes ? `${minutes} 分 ${Math.floor(seconds % 60)} 秒` : `${Math.floor(seconds)} 秒`;
}

/** Return a moment of the past as a short date and time by the site's clock: 11-22 09:05. */
export function shortDate(iso: string | null | undefined): string {
  const at = iso ? new Date(iso) : null;
  if (!at || Number.isNaN(at.getTime())) return "";
  return timeOf(at).slice(5, 16);
}
