/** Campaigns of the callback robot as they are shown: parts of a bar, what may be done, how long it still takes. Pure. */

export interface Campaign {
  id: string;
  name: string;
  state: "running" | "paused" | "ended" | "cancelled";
  created_at: string;
  states: Record<string, number>;
  total: number;
}

export interface Progress {
  campaign: string;
  name: string;
  state: Campaign["state"];
  total: number;
  ended: number;
  states: Record<string, number>;
  dialling: number;
  talking: number;
  attempts_recent: number;
  ended_recent: number;
  open: number;
  share: number | null;
}

export const CAMPAIGN_STATES: Readonly<Record<Campaign["state"], string>> = {
  running: "进行中", paused: "已暂停", ended: "已完成", cancelled: "已取消",
};

export const CALLBACK_STATES: Readonly<Record<string, string>> = {
  done: "已评价", check: "待人工核查", expired: "未评", refused: "拒绝回访", cancelled: "已取消", calling: "正在拨打",
  waiting: "等待拨打", paused: "已暂停",
};

const ORDER = ["done", "check", "expired", "refused", "cancelled", "calling", "waiting", "paused"] as const;
const OPEN = new Set(["calling", "waiting", "paused"]);
/** What `ended_recent` is counted over. */
const RECENT_MS = 5 * 60_000;

export interface Part {
  state: string;
  label: string;
  count: number;
  share: number;
}

/** The states of a campaign's callbacks that there are any of, in the order of the bar. */
export function partsOf(states: Readonly<Record<string, number>>): Part[] {
  const total = Object.values(states).reduce((sum, one) => sum + one, 0);
  return ORDER.map((state) => ({ state, label: CALLBACK_STATES[state] ?? state, count: states[state] ?? 0 }))
    .filter((part) => part.count > 0)
    .map((part) => ({ ...part, share: part.count / total }));
}

/** How many of how many are over. */
export function endedOf(states: Readonly<Record<string, number>>): { ended: number; total: number } {
  const entries = Object.entries(states);
  const sum = (all: [string, number][]): number => all.reduce((so, [, one]) => so + one, 0);
  return { ended: sum(entries.filter(([state]) => !OPEN.has(state))), total: sum(entries) };
}

export type Act = "pause" | "resume" | "cancel";
export const ACT_NAMES: Readonly<Record<Act, string>> = { pause: "暂停", resume: "继续", cancel: "取消任务" };

/** What may be done with a campaign in a state. */
export function actsOf(state: Campaign["state"]): Act[] {
  if (state === "running") return ["pause", "cancel"];
  return state === "paused" ? ["resume", "cancel"] : [];
}

/** How long it goes on at the speed of the last minutes, null when that cannot be said. */
export function leftMs(progress: Progress): number | null {
  if (progress.state !== "running" || progress.open === 0 || progress.ended_recent === 0) return null;
  return (progress.open / progress.ended_recent) * RECENT_MS;
}

/** A single callback, as lists tell it. */
export interface Listed {
  id: string;
  campaign: string;
  ticket: string;
  phone: string;
  state: string;
  why_label: string;
  outcomes: string[];
  next_at: string | null;
}

export const ONE_ACT_NAMES: Readonly<Record<Act, string>> = { pause: "暂停", resume: "继续", cancel: "取消回访" };

/** What may be done with a single callback in a state. */
export function actsOfOne(state: string): Act[] {
  if (state === "waiting") return ["pause", "cancel"];
  return state === "paused" ? ["resume", "cancel"] : [];
}

/** Tell whether a callback's number may be corrected: nobody was dialled under it. */
export function mayCorrect(one: Pick<Listed, "state" | "outcomes">): boolean {
  return (one.state === "waiting" || one.state === "paused") && one.outcomes.length === 0;
}
