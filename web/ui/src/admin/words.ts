/** Words and small rules of the pages of administration. */

import { timeOf } from "../shared/zone";
import type { Token, User } from "./access";

/** Return a moment by the site's clock; "—" for none. */
export function moment(text: string | null | undefined): string {
  if (!text) return "—";
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "—";
  return timeOf(at);
}

type Standing = Pick<User, "disabled_at" | "sessions" | "locked_until">;

/** Return what a user's state is called. */
export function stateOf(user: Standing, now: number): string {
  if (user.disabled_at !== null) return "已停用";
  if (user.locked_until !== null && Date.parse(user.locked_until) > now) return "已锁定";
  return user.sessions > 0 ? "在线" : "未登录";
}

/** Return what a token's state is called. */
export function tokenState(token: Pick<Token, "revoked_at" | "expires_at">, now: number): string {
  if (token.revoked_at !== null) return "已吊销";
  return Date.parse(token.expires_at) <= now ? "已过期" : "有效";
}

/** What the access log calls an action, and what people call it. */
export const ACTION_NAMES: Readonly<Record<string, string>> = {
  "sign-in": "登录",
  "sign-out": "退出",
  "password.changed": "修改密码",
  look: "查看",
  reveal: "查看完整号码或姓名",
  "access-log.list": "查看访问日志",
  "user.add": "添加用户",
  "user.change": "修改用户",
  "user.sign-out": "强制下线",
  "token.create": "新建令牌",
  "token.revoke": "吊销令牌",
};

const RESULT_NAMES: Readonly<Record<string, string>> = {
  ok: "完成",
  refused: "拒绝",
  wrong: "密码或令牌错误",
  locked: "已锁定",
  disabled: "已停用",
};

const SUBJECT_NAMES: Readonly<Record<string, string>> = {
  call: "通话",
  ticket: "工单",
  recording: "录音",
  callback: "回访",
  user: "用户",
  token: "令牌",
};

/** Return a result's name; one without a name as it is. */
export const resultName = (result: string): string => (Object.hasOwn(RESULT_NAMES, result) ? RESULT_NAMES[result] : undefined) ?? result;

/** Return an entry's subject (`call/ID`) in words; one of another kind as it is. */
export function subjectName(subject: string): string {
  const [kind = "", ...rest] = subject.split("/");
  const name = Object.hasOwn(SUBJECT_NAMES, kind) ? SUBJECT_NAMES[kind] : undefined;
  return name && rest.length > 0 ? `${name} ${rest.join("/")}` : subject;
}

export const SCOPES: readonly (readonly [string, string])[] = [
  ["read", "读取"],
  ["write", "操作"],
  ["personal", "完整号码和姓名"],
];

const SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/** Return a password to hand over once; signs that look alike are left out. About 93 bits. */
export function newPassword(random: (count: number) => Uint8Array = (count) => crypto.getRandomValues(new Uint8Array(count))): string {
  const fair = 256 - (256 % SIGNS.length);
  let password = "";
  while (password.length < 16) {
    for (const byte of random(32)) {
      if (byte < fair && password.length < 16) password += SIGNS[byte % SIGNS.length] ?? "";
    }
  }
  return password;
}
