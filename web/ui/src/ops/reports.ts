/** The period of a report as people choose it, and the file that comes. */

import { Problem } from "../shared/api";
import { dayOf } from "../shared/zone";

export type Preset = "today" | "yesterday" | "week" | "month" | "last_month" | "chosen";

export const PRESETS: readonly { value: Preset; label: string }[] = [
  { value: "today", label: "今日" }, { value: "yesterday", label: "昨日" }, { value: "week", label: "近 7 天" },
  { value: "month", label: "本月" }, { value: "last_month", label: "上月" }, { value: "chosen", label: "自选" },
];

const DAY_MS = 24 * 3600 * 1000;

/** The period of a preset, as the API takes it: by the site's calendar, both days in it. */
export function presetOf(preset: Exclude<Preset, "chosen">, now: Date): [string, string] {
  const today = dayOf(now);
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  switch (preset) {
    case "today":
      return ["today", "now"];
    case "yesterday":
      return ["yesterday", "yesterday"];
    case "week":
      return [dayOf(new Date(now.getTime() - 6 * DAY_MS)), "now"];
    case "month":
      return [`${today.slice(0, 7)}-01`, "now"];
    case "last_month": {
      const [y, m] = month === 1 ? [year - 1, 12] : [year, month - 1];
      const last = new Date(Date.UTC(y, m, 0)).getUTCDate();
      const head = `${y}-${String(m).padStart(2, "0")}`;
      return [`${head}-01`, `${head}-${String(last).padStart(2, "0")}`];
    }
  }
}

/** A period in words. */
export function named([since, until]: [string, string]): string {
  const words: Readonly<Record<string, string>> = { today: "今日 00:00", yesterday: "昨日", now: "现在" };
  return since === until ? (words[since] ?? since) : `${words[since] ?? since} 至 ${words[until] ?? until}`;
}

/** Fetch a file with its name; throws `Problem` with what the service says. */
export async function fileOf(address: string): Promise<{ name: string; blob: Blob }> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Problem(0, {});
  }
  if (!response.ok) {
    const told: unknown = await response.json().catch(() => ({}));
    throw new Problem(response.status, typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {});
  }
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "report";
  return { name, blob: await response.blob() };
}
