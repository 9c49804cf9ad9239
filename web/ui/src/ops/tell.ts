/** Short words about what was done, at the lower edge: they hide no figure and no call. */

import { ElMessage } from "element-plus";

export function said(text: string): void {
  ElMessage.success({ message: text, placement: "bottom", duration: 4000 });
}

/** Why something could not be done; it stays longer, and can be closed. */
export function failed(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  ElMessage.error({ message, placement: "bottom", duration: 8000, showClose: true });
}
