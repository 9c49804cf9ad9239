/** Asking for another telephone number; the service decides whether it may be called. */

import { ElMessageBox } from "element-plus";

const SIGNS = /^[+0-9０-９ ()（）\-‐-―.]{7,30}$/;

/** Tell whether a text can be a number as people write it. */
export function isNumber(text: string): boolean {
  return SIGNS.test(text.trim());
}

/** Ask for the right number of a ticket's callback; null when it is left as it is. */
export async function askNumber(ticket: string): Promise<string | null> {
  try {
    const answer = await ElMessageBox.prompt("改正后的电话号码", `改正号码：${ticket}`, {
      confirmButtonText: "改正", cancelButtonText: "返回", inputPattern: SIGNS, inputErrorMessage: "请填写完整的手机号码，或带区号的固定电话号码",
    });
    return answer.value.trim();
  } catch {
    return null;
  }
}
