/** Words and small rules of the pages of administration. */

import type { Token, User } from "./access";

/** Return a moment as this screen's clock shows it; "—" for none. */
export function moment(text: string | null | undefined): string {
  if (!text) return "—";
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "—";
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

type Standing = Pick<User, "disabled_at" | "sessions"> & { locked_until?: string | null };

/** Return what a user's state is called. */
export function stateOf(user: Standing, now: number): string {
  if (user.disabled_at !== null) return "已停用";
  if (user.locked_until && Date.parse(user.locked_until) > now) return "已锁定";
  return user.sessions > 0 ? "在线" : "未登录";
}

/** Return what a token's state is called. */
export function tokenState(token: Pick<Token, "revoked_at" | "expires_at">, now: number): string {
  if (token.revoked_at !== null) return "已吊销";
  return Date.parse(token.expires_at) <= now ? "已过期" : "有效";
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
