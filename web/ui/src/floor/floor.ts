/** What on the floor needs a supervisor, and in which order: pure, out of one `Floor` and the service's time. */

import type { Agent, AgentKind, Call, Floor, Grade, Queue } from "./types";

export const LIMIT_MS = 15_000;
export const NEAR_MS = 10_000;

export type Level = "broken" | "near" | "ok";

export const STATE_NAMES: Readonly<Record<AgentKind, string>> = {
  signed_out: "未签入", unreachable: "话机不可达", held: "保持中", talking: "通话中",
  ringing: "振铃", wrapup: "话后整理", paused: "暂停", ready: "就绪",
};

export const REASON_NAMES: Readonly<Record<string, string>> = {
  rest: "小休", meal: "用餐", training: "培训", meeting: "会议", paperwork: "案头工作", noanswer: "未接听", wrapup: "话后整理",
};

export const GRADES: readonly Grade[] = ["I", "II", "III", "IV"];
export const EMERGENCY_NAMES: Readonly<Record<string, string>> = { "110": "110 公安", "119": "119 消防", "120": "120 急救", "122": "122 交警" };

/** How a wait stands to the limit of 15 s; exactly 15 s is inside. */
export function waitLevel(ms: number): Level {
  if (ms > LIMIT_MS) return "broken";
  return ms > NEAR_MS ? "near" : "ok";
}

/** For how long a call has been waiting for a human, null when it does not wait. */
export function waitOf(call: Call, now: number): number | null {
  if (call.phase !== "waiting" || call.human_at === null) return null;
  return Math.max(0, now - Date.parse(call.human_at));
}

/** What makes a call one that a supervisor should see. */
export interface Reason {
  /** `line`: an emergency line is called for or in the call. */
  kind: "line" | "risk" | "threat" | "pushed" | "wait";
  text: string;
}

export interface Attention {
  call: Call;
  /** The less, the sooner it is to be seen to. */
  rank: number;
  level: "critical" | "warning";
  reasons: Reason[];
  /** The citizen's words it stands on. */
  words: string[];
  waitMs: number | null;
}

const RANKS = { line: 0, I: 1, threat: 2, II: 3, pushed: 4, III: 5, wait: 6, IV: 7 } as const;
const CRITICAL = 4;

function emergencyOf(call: Call): Reason | null {
  const there = call.lines.filter((line) => line.kind === "emergency");
  if (there.length > 0) {
    return { kind: "line", text: there.map((line) => `${line.label}${LINE_STATES[line.state] ?? ""}`).join("、") };
  }
  const wanted = call.marks.find((mark) => mark.kind === "emergency_line")?.line ?? call.emergency_line;
  return wanted ? { kind: "line", text: `建议接入 ${EMERGENCY_NAMES[wanted] ?? wanted}` } : null;
}

/** The gravest of several grades: many callers of the same matter may have raised the one of this call. */
export function gravest(grades: readonly (string | null)[]): Grade | null {
  return GRADES.find((grade) => grades.includes(grade)) ?? null;
}

export const LINE_STATES: Readonly<Record<string, string>> = {
  asked: "正在接入", dialling: "正在拨打", ringing: "振铃中", answered: "已应答", joined: "已接入",
};

/** Tell what of a call needs a supervisor's eye; null when nothing does. */
export function attentionOf(call: Call, now: number): Attention | null {
  const reasons: Reason[] = [];
  const ranks: number[] = [];
  const add = (rank: number, reason: Reason): void => {
    ranks.push(rank);
    reasons.push(reason);
  };
  const line = emergencyOf(call);
  if (line) add(RANKS.line, line);
  const grade = gravest([call.risk_grade, ...call.marks.map((mark) => mark.grade)]);
  if (grade !== null) add(RANKS[grade], { kind: "risk", text: `${grade}级 ${call.risk_class ?? "风险"}` });
  if (call.threat) add(RANKS.threat, { kind: "threat", text: "扬言" });
  if (call.pushed) add(RANKS.pushed, { kind: "pushed", text: "110 转来" });
  const waitMs = waitOf(call, now);
  if (waitMs !== null && waitMs > LIMIT_MS) add(RANKS.wait, { kind: "wait", text: "等待超 15 秒" });
  if (ranks.length === 0) return null;
  const rank = Math.min(...ranks);
  const words = call.threat ? [call.threat] : [...new Set(call.marks.flatMap((mark) => mark.words))];
  return { call, rank, level: rank < CRITICAL ? "critical" : "warning", reasons, words: words.slice(0, 3), waitMs };
}

/** Every call that needs an eye: the most urgent first, of equal ones the oldest. Calls keep their places meanwhile. */
export function attention(floor: Floor, now: number): Attention[] {
  const begun = (one: Attention): string => one.call.arrived_at ?? "";
  return floor.calls
    .map((call) => attentionOf(call, now))
    .filter((one): one is Attention => one !== null)
    .sort((a, b) => a.rank - b.rank || begun(a).localeCompare(begun(b)) || a.call.id.localeCompare(b.call.id));
}

const MOST_WAITS = 3;

/** Fold calls that only wait too long: in a surge they would hide what is worse. `more` are those not shown. */
export function folded(found: readonly Attention[]): { shown: Attention[]; more: number } {
  const onlyWaits = (one: Attention): boolean => one.reasons.every((reason) => reason.kind === "wait");
  const waits = found.filter(onlyWaits);
  const hidden = new Set(waits.slice(MOST_WAITS));
  return { shown: found.filter((one) => !hidden.has(one)), more: hidden.size };
}

/** A queue with its waits as they are at this moment. */
export interface QueueRow {
  queue: Queue;
  longestMs: number | null;
  level: Level;
  waits: number[];
}

/** Queues in the order of the settings; waits run on between two events. */
export function queueRows(floor: Floor, passedMs: number): QueueRow[] {
  const now = Date.parse(floor.at) + passedMs;
  return floor.queues.map((queue) => {
    const waits = floor.calls
      .filter((call) => call.queue === queue.queue)
      .map((call) => waitOf(call, now))
      .filter((wait): wait is number => wait !== null)
      .sort((a, b) => b - a);
    const told = queue.longest_wait_ms === null || queue.waiting === 0 ? null : queue.longest_wait_ms + passedMs;
    return { queue, longestMs: told, level: told === null ? "ok" : waitLevel(told), waits };
  });
}

const STATE_ORDER: readonly AgentKind[] = [
  "unreachable", "talking", "held", "ringing", "wrapup", "ready", "paused", "signed_out",
];

/** Which agents are shown: a group, a queue, a state, words of name or number. Empty: all. */
export interface Filter {
  group: string;
  queue: string;
  state: AgentKind | "";
  text: string;
}

export const NO_FILTER: Readonly<Filter> = { group: "", queue: "", state: "", text: "" };

/** Agents that a filter lets through; whoever is in an urgent call comes first, then by state, then by number. */
export function agentsShown(agents: readonly Agent[], filter: Filter, urgent: ReadonlySet<string>): Agent[] {
  const text = filter.text.trim().toLowerCase();
  const order = (one: Agent): number => (one.call !== null && urgent.has(one.call) ? -1 : STATE_ORDER.indexOf(one.state));
  return agents
    .filter((one) => filter.group === "" || one.group === filter.group)
    .filter((one) => filter.queue === "" || one.queues.includes(filter.queue))
    .filter((one) => filter.state === "" || one.state === filter.state)
    .filter((one) => text === "" || one.name.toLowerCase().includes(text) || one.agent.includes(text))
    .sort((a, b) => order(a) - order(b) || a.agent.localeCompare(b.agent));
}

/** How many agents are in each state, in the order of the screens. */
export function stateCounts(agents: readonly Agent[]): { state: AgentKind; count: number }[] {
  return STATE_ORDER.map((state) => ({ state, count: agents.filter((one) => one.state === state).length }));
}

/** Tell whether an agent is elsewhere than in its own queues: it was moved. */
export function wasMoved(agent: Agent): boolean {
  if (agent.queues.length === 0) return false;
  const own = new Set(agent.own_queues);
  return agent.queues.length !== own.size || agent.queues.some((queue) => !own.has(queue));
}

/** What the agent's state is called, with the reason of a pause (also beneath a talk). */
export function stateName(agent: Agent): string {
  const reason = agent.reason === null ? "" : (REASON_NAMES[agent.reason] ?? agent.reason);
  if (agent.state === "paused") return reason ? `暂停 · ${reason}` : "暂停";
  const beneath = (agent.state === "talking" || agent.state === "held") && reason ? `（${reason}）` : "";
  return STATE_NAMES[agent.state] + beneath;
}

/** For how long an agent may be in a state before it is worth a look, ms; other states have no such time. */
const LONG_MS: Partial<Record<AgentKind, number>> = { talking: 15 * 60_000, held: 120_000, wrapup: 120_000, paused: 20 * 60_000, unreachable: 0 };

/** Tell whether an agent has been doing the same for remarkably long. */
export function isLong(agent: Agent, now: number): boolean {
  const limit = LONG_MS[agent.state];
  return limit !== undefined && now - Date.parse(agent.since) > limit;
}

/** What a move takes from a queue that it leaves: nobody who could answer there any more. */
export function emptied(floor: Floor, agent: Agent, wanted: readonly string[]): string[] {
  const ready = (queue: string): boolean =>
    floor.agents.some(
      (one) => one.agent !== agent.agent && one.queues.includes(queue) && one.state !== "unreachable" && one.state !== "signed_out",
    );
  return agent.queues
    .filter((queue) => !wanted.includes(queue) && !ready(queue))
    .map((queue) => floor.queues.find((one) => one.queue === queue)?.label ?? queue);
}
