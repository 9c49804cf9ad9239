/** The ticket's fields in the order in which a call fills them, and what may be written into each. Pure. */

import type { FieldValue } from "./types";
import table from "./ticket-fields.json";

export interface FieldSpec {
  name: string;
  label: string;
  group: string;
  editor: "choice" | "text" | "long" | "moment" | "number" | "phone" | "yes_no";
  choices?: readonly string[];
  longest?: number;
  /** Takes two columns. */
  broad?: boolean;
}

export const FIELDS: readonly FieldSpec[] = table as FieldSpec[];
export const GROUPS: readonly string[] = [...new Set(FIELDS.map((spec) => spec.group))];
const BY_NAME = new Map(FIELDS.map((spec) => [spec.name, spec]));
const MOST_PEOPLE = 1_000_000;
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/;

/** Return a field of the form; undefined for a fact of the switch, which nobody writes. */
export function specOf(name: string): FieldSpec | undefined {
  return BY_NAME.get(name);
}

/** Return a value as it stands in its editor. */
export function written(value: FieldValue | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "是" : "否";
  return String(value).replace(/(\d)T(\d)/g, "$1 $2");
}

/** What was written, as a value, or what is wrong with it. An empty field is null: nothing was said of it. */
export type Read = { value: FieldValue | null } | { problem: string };

/** Return the value of what an agent wrote into a field. */
export function read(spec: FieldSpec, text: string): Read {
  const line = text.normalize("NFC").replace(/\s+/g, " ").trim();
  if (!line) return { value: null };
  switch (spec.editor) {
    case "choice":
      return spec.choices?.includes(line) ? { value: line } : { problem: "请从列表中选择" };
    case "yes_no":
      return line === "是" || line === "否" ? { value: line === "是" } : { problem: "请选择是或否" };
    case "number":
      return readCount(line);
    case "phone":
      return readPhone(line);
    case "moment":
      return readMoment(line);
    default:
      return spec.longest && line.length > spec.longest ? { problem: `最多 ${spec.longest} 字` } : { value: line };
  }
}

function readCount(line: string): Read {
  const count = /^\d{1,7}$/.test(line) ? Number(line) : 0;
  return count >= 1 && count <= MOST_PEOPLE ? { value: count } : { problem: "请填 1 以上的整数" };
}

function readPhone(line: string): Read {
  const digits = line.replace(/[ ()（）-]/g, "");
  return /^\+?\d{3,15}$/.test(digits) ? { value: digits } : { problem: "请填 3 至 15 位号码" };
}

function readMoment(line: string): Read {
  const parts = line.split("/").map((part) => part.trim().replace(/^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})$/, "$1T$2"));
  const good = parts.length <= 2 && parts.every((part) => MOMENT.test(part) && isDay(part));
  if (!good) return { problem: "写作 2026-03-11 或 2026-03-11 20:30，起止之间用 /" };
  const days = parts.map((part) => part.slice(0, 10));
  return days.length === 2 && days[0]! > days[1]! ? { problem: "结束早于开始" } : { value: parts.join("/") };
}

/** The thirtieth of February is none, though `Date` takes it. */
function isDay(part: string): boolean {
  const at = new Date(`${part.length > 10 ? part : `${part}T00:00`}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(part.slice(0, 10));
}

/** Return how sure the draft is of a value, in a word; null where it is a fact. */
export function sureness(confidence: number): "高" | "中" | "低" {
  if (confidence >= 0.8) return "高";
  return confidence >= 0.5 ? "中" : "低";
}
