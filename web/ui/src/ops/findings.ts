/** What the doctor says, in Chinese: its sentences by their form, `findings.json`, which a test holds to the checks' own. */

import FORMS from "./findings.json";
import { inChinese } from "./menu";

interface Form { form: RegExp; told: string; weight: number }

const HOLE = /\{\}/g;
const forms: readonly Form[] = Object.entries(FORMS)
  .map(([form, told]) => ({
    form: new RegExp(`^${form.split("{}").map(literal).join("([\\s\\S]+?)")}$`),
    told,
    weight: form.replace(HOLE, "").length,
  }))
  .sort((one, other) => other.weight - one.weight);

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Return a finding's sentence in Chinese, and what stands in it too; one that has no form stays as it is. */
export function finding(text: string): string {
  for (const { form, told } of forms) {
    const found = form.exec(text);
    if (found) return told.replace(/\{(\d)\}/g, (_all, place: string) => finding(found[Number(place) + 1] ?? ""));
  }
  return inChinese(text).replace(/\((\d+) lines\)/g, "（$1 条线路）");
}
