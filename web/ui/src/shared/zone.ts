/** The hotline's own clock: every moment on the pages is in the site's time zone, whatever the screen's own says. */

/** Where no site has said its zone yet. */
const FIRST = "Asia/Shanghai";
const MINUTE_MS = 60_000;

let zone = FIRST;
let formats = new Map<string, Intl.DateTimeFormat>();

/** Take the site's time zone; one that the browser does not know changes nothing. */
export function setZone(name: string): void {
  if (!name || name === zone) return;
  try {
    new Intl.DateTimeFormat("zh-CN", { timeZone: name });
  } catch {
    return;
  }
  zone = name;
  formats = new Map();
}

/** Write a moment by the site's clock. */
export function written(moment: Date, options: Intl.DateTimeFormatOptions, locale = "zh-CN"): string {
  const key = JSON.stringify([locale, options]);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    formats.set(key, format);
  }
  return format.format(moment);
}

/** The site's day of a moment: 2026-11-22. */
export function dayOf(moment: Date): string {
  return written(moment, { year: "numeric", month: "2-digit", day: "2-digit" }, "sv-SE");
}

/** The site's day and time of a moment: 2026-11-22 14:03:05. */
export function timeOf(moment: Date): string {
  return written(moment, {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }, "sv-SE");
}

/** A day that was chosen in a calendar of the screen, as it stands there: 2026-11-22. */
export function chosen(day: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The moment at which a day of the site begins: its first minute, where a clock is set forward at midnight. */
export function beginOf(day: string): Date {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  // What the site's clock shows at `wanted` tells how far it is from UTC then; once more for a clock that is changed in between.
  let at = wanted;
  for (let turn = 0; turn < 2; turn++) at = wanted - (Date.parse(`${timeOf(new Date(at)).replace(" ", "T")}Z`) - at);
  while (dayOf(new Date(at)) < day) at += MINUTE_MS;
  while (dayOf(new Date(at - MINUTE_MS)) >= day) at -= MINUTE_MS;
  return new Date(at);
}

/** The day after one. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 24 * 60 * MINUTE_MS).toISOString().slice(0, 10);
}
