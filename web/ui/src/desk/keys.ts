/** Which key does what at the desk. Function keys work while a field is being written in. Pure. */

import type { Key } from "../shared/keys";

export type Action =
  | "answer"
  | "missing"
  | "mute"
  | "hold"
  | "transfer"
  | "accept"
  | "hangup"
  | "confirm"
  | "line110"
  | "line119"
  | "line120"
  | "line122"
  | "ready"
  | "pause"
  | "evidence";

interface Binding {
  action: Action;
  key: string;
  label: string;
}

export const BINDINGS: readonly Binding[] = [
  { action: "answer", key: "F2", label: "接听" },
  { action: "missing", key: "F3", label: "到下一个待填项" },
  { action: "mute", key: "F4", label: "静音 / 取消静音" },
  { action: "hold", key: "F6", label: "保持 / 取回" },
  { action: "transfer", key: "F7", label: "转接" },
  { action: "accept", key: "F8", label: "接入建议的紧急热线" },
  { action: "hangup", key: "F9", label: "挂断（3 秒内按两次）" },
  { action: "confirm", key: "F10", label: "确认工单" },
  { action: "line110", key: "Alt+1", label: "接入公安 110" },
  { action: "line119", key: "Alt+2", label: "接入消防 119" },
  { action: "line120", key: "Alt+3", label: "接入急救 120" },
  { action: "line122", key: "Alt+4", label: "接入交警 122" },
  { action: "ready", key: "Alt+R", label: "就绪（也结束暂停和话后整理）" },
  { action: "pause", key: "Alt+P", label: "暂停，选原因" },
  { action: "evidence", key: "Alt+L", label: "听当前工单项的原话" },
];

/** Return the key of an action as it is written on its button. */
export function keyOf(action: Action): string {
  return BINDINGS.find((one) => one.action === action)?.key ?? "";
}

/** Return the page's key map; each key works in a field, too. */
export function keysOf(run: Readonly<Record<Action, () => void>>): Key[] {
  return BINDINGS.map(({ action, key, label }) => ({ key, label, always: true, run: run[action] }));
}

/** An act that is done at the second press within a moment, such as hanging up. */
export interface Armed {
  action: Action;
  untilMs: number;
}

export const ARMED_MS = 3000;

/** Return what stands after a press, and whether the act is to be done now. */
export function press(armed: Armed | null, action: Action, nowMs: number): { armed: Armed | null; done: boolean } {
  if (armed?.action === action && nowMs <= armed.untilMs) return { armed: null, done: true };
  return { armed: { action, untilMs: nowMs + ARMED_MS }, done: false };
}
