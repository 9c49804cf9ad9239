/** How moments, lengths and figures are written on the pages: Chinese, the site's own clock, cut and never rounded up. */

import { written } from "../shared/zone";

const MINUTE: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const CLOCK: Intl.DateTimeFormatOptions = { ...MINUTE, second: "2-digit" };
const MOMENT: Intl.DateTimeFormatOptions = { ...MINUTE, month: "2-digit", day: "2-digit" };

export const NOTHING = "—";

function read(moment: string | number | null | undefined): Date | null {
  if (moment === null || moment === undefined) return null;
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** 14:03:05 */
export function clockOf(moment: string | number | null | undefined): string {
  const date = read(moment);
  return date ? written(date, CLOCK) : NOTHING;
}

/** 14:03 */
export function minuteOf(moment: string | number | null | undefined): string {
  const date = read(moment);
  return date ? written(date, MINUTE) : NOTHING;
}

/** 11/22 14:03 */
export function momentOf(moment: string | number | null | undefined): string {
  const date = read(moment);
  return date ? written(date, MOMENT) : NOTHING;
}

/** A running time: 0:07, 12:40, 1:02:03. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A length of time in words: 8 秒, 3 分 05 秒, 2 小时 10 分, 4 天 3 小时. */
export function length(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} 秒`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分 ${String(seconds % 60).padStart(2, "0")} 秒`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} 小时 ${Math.floor(seconds / 60) % 60} 分`;
  return `${Math.floor(hours / 24)} 天 ${hours % 24} 小时`;
}

/** A share in percent, cut to two places: a rate under its limit never reads as the limit. */
export function percent(share: number | null | undefined, places = 2): string {
  if (typeof share !== "number" || !Number.isFinite(share)) return NOTHING;
  const factor = 10 ** places;
  // 0.29 is 28.999… as a double: what lies so near a whole step is that step.
  return `${(Math.floor(share * 100 * factor + 1e-6) / factor).toFixed(places)}%`;
}

/** Milliseconds as seconds: 9.1 秒. */
export function seconds(ms: number | null | undefined): string {
  if (typeof ms !== "number" || !Number.isFinite(ms)) return NOTHING;
  return `${(Math.floor(ms / 100) / 10).toFixed(1)} 秒`;
}

/** A count with its thousands apart: 12,345. */
export function count(value: number | null | undefined): string {
  return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value).toLocaleString("zh-CN") : NOTHING;
}
