/** The published figures as people read them: meaning in Chinese, state against the limit, what was divided by what. Pure. */

import { count, NOTHING, percent, seconds } from "./format";

export interface Definition {
  id: string;
  version: number;
  title: string;
  formula: string;
  unit: string;
  limit: number | null;
}

export interface FigureValue {
  value: number | Record<string, number> | null;
  numerator?: number | null;
  denominator?: number | null;
  definition: string;
  version: number;
  unit?: string;
  limit?: number;
  at?: string | null;
  short?: { count: number; threshold_ms: number };
}

/** What the figures mean, by id and version: a figure of another version shows the formula that the service publishes. */
const MEANINGS: Readonly<Record<string, string>> = {
  "wait_human v1": "从市民要求人工（t1）到坐席接听（t3）的时长，取已接听来电的平均值",
  "wait_citizen v1": "从来电进线（t0）到坐席接听（t3）的时长，含语音菜单，取已接听来电的平均值",
  "offered v1": "要求人工的来电数",
  "outcome v1": "已有结果的人工请求，每个来电恰有一个结果",
  "sl15_offered v1": "15 秒内（含 15.000 秒）接听 ÷（已有结果或已等待超过 15 秒的人工请求）",
  "sl15_answered v1": "15 秒内接听 ÷ 已接听",
  "connect_rate_24h v1": "（已接听 + 回拨已接通）÷ 已有结果，统计此前连续 24 小时内要求人工的来电",
  "connect_rate_24h_min v1": "时段内任一时刻的 24 小时接通率的最低值，按现在已知的结果计算",
  "asa v1": "已接听来电的平均等待（t3 − t1）",
  "wait_max v1": "最长等待：已接听来电的 t3 − t1 与正在等待者的已等时长，取最大",
  "wait_p50 v1": "已接听来电等待时长的中位数（最近秩）",
  "wait_p95 v1": "95% 的已接听来电等待不超过此值（最近秩）",
  "abandon_rate v1": "等待中放弃 ÷ 要求人工；短时放弃计入，并另行列出",
  "evaluation v1": "市民在通话结束后的评价，按等级计数",
  "evaluation_rate v1": "已评价 ÷ 邀请评价",
  "cb_ended v1": "已办结的回访数",
  "cb_end v1": "办结的回访按结果分布",
  "cb_called_rate v1": "至少拨打一次 ÷ 已办结",
  "cb_reached_rate v1": "有人接听 ÷ 至少拨打一次",
  "cb_response_rate v1": "参评 ÷ 已办结",
  "cb_unrated_rate v1": "未评 ÷ 已办结",
  "cb_refused_rate v1": "拒绝回访 ÷ 已办结",
  "cb_level v1": "参评的回访按满意度分布",
  "cb_satisfied_rate v1": "满意、非常满意 ÷ 参评",
  "cb_satisfied_basic_rate v1": "基本满意及以上 ÷ 参评",
  "cb_solved_rate v1": "已解决 ÷ 表明是否解决",
  "cb_contacted_rate v1": "承办单位已联系 ÷ 表明是否联系",
  "cb_checked v1": "需人工核查的办结回访数",
  "cb_reopened v1": "核查后重新办理的回访数",
  "cb_reason v1": "不满意的原因，一次回访可有多个",
};

export function meaning(definition: Pick<Definition, "id" | "version" | "formula">): string {
  return MEANINGS[`${definition.id} v${definition.version}`] ?? definition.formula;
}

export const OUTCOME_NAMES: Readonly<Record<string, string>> = {
  answered: "已接听", abandoned: "等待中放弃", timed_out: "等待超时", no_agent: "无坐席", queue_full: "队列已满",
  overflowed_unanswered: "溢出未接", callback_accepted: "接受回拨", system_error: "系统故障",
};

export type FigureTone = "broken" | "near" | "fine" | "none";

const NEAR_SHARE = 0.01;
const LESS_IS_BETTER = new Set(["wait_human", "wait_max"]);

/** How a figure stands to the limit of its standard. */
export function toneOf(figure: FigureValue | undefined): FigureTone {
  if (!figure || typeof figure.value !== "number" || figure.limit === undefined) return "none";
  if (LESS_IS_BETTER.has(figure.definition)) return figure.value > figure.limit ? "broken" : "fine";
  if (figure.value < figure.limit) return "broken";
  return figure.value < figure.limit + NEAR_SHARE ? "near" : "fine";
}

export const TONE_WORDS: Readonly<Record<FigureTone, string>> = { broken: "未达标", near: "接近下限", fine: "达标", none: "" };

/** A figure's value in its unit. */
export function shown(figure: FigureValue | undefined, unit: string): string {
  if (!figure || figure.value === null) return NOTHING;
  if (typeof figure.value === "object") {
    const all = Object.values(figure.value).reduce((sum, one) => sum + one, 0);
    return count(all);
  }
  if (unit === "ratio") return percent(figure.value);
  return unit === "ms" ? seconds(figure.value) : count(figure.value);
}

/** A limit in its figure's unit, "" without one. */
export function limitOf(figure: FigureValue | undefined, unit: string): string {
  if (figure?.limit === undefined) return "";
  return unit === "ratio" ? `≥ ${percent(figure.limit)}` : `≤ ${seconds(figure.limit)}`;
}

/** What was divided by what, "" where nothing is. Sums of times are microseconds. */
export function parts(figure: FigureValue | undefined, unit: string): string {
  if (!figure || typeof figure.numerator !== "number" || typeof figure.denominator !== "number") return "";
  if (unit === "ms") return `${(figure.numerator / 1_000_000).toFixed(1)} 秒 ÷ ${count(figure.denominator)}`;
  return `${count(figure.numerator)} ÷ ${count(figure.denominator)}`;
}
