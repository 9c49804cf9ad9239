/**
 * The one way to the API: typed by our OpenAPI (`schema.d.ts` is made from it before types are checked).
 *
 *     const { calls } = await got(api.GET("/api/v1/calls", { params: { query: { limit: 20 } } }));
 *
 * `got` gives the answer's body or throws a `Problem`, whose `message` can be shown to people as it is.
 */

import createClient from "openapi-fetch";

import type { paths } from "./schema";
import { cleaned } from "./text";

/** An error as the API tells it (problem+json): `id` is stable, `detail` says what to do next. */
export class Problem extends Error {
  readonly id: string;
  readonly status: number;
  readonly detail: string;
  readonly retryable: boolean;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    const id = String(body["type"] ?? "").replace(/^urn:hotline:/, "") || `http.${status}`;
    const detail = typeof body["detail"] === "string" ? body["detail"] : "";
    super(BY_ID[id] ?? wording(status, detail));
    this.name = "Problem";
    this.id = id;
    this.status = status;
    this.detail = detail;
    this.retryable = body["retryable"] === true || status === 0;
    this.more = body;
  }
}

const WORDS: Readonly<Record<number, string>> = {
  0: "连接不到服务，请检查网络后重试",
  401: "登录已失效，请重新登录",
  403: "没有权限进行此操作",
  404: "没有这条记录，可能已被删除",
  409: "内容已被他人修改，请刷新后重试",
  413: "提交的内容太大",
  422: "提交的内容有误",
  429: "操作过于频繁，请稍后再试",
  500: "服务内部错误，请联系管理员",
  503: "数据库或交换机暂时不可用，正在自动重试",
};

/** What is said to people in full; the API's own words are for who writes programs. */
const BY_ID: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null) as object, {
  "access.wrong": "密码或令牌不正确",
  "access.locked": "失败次数过多，账号已暂时锁定，请稍后再试",
  "access.too_many": "操作过于频繁，请稍后再试",
  "access.busy": "登录人数过多，请稍后再试",
  "access.password_to_change": "请先修改密码",
  "access.weak_password": "密码不够安全：至少 10 位，不含用户名，不用常见密码；不足 16 位的要混用字母、数字和符号",
  "access.taken": "用户名或坐席号已被使用",
  "agent.not_signed_in": "坐席尚未签入",
  "callback.dialled": "这个回访已拨打过或已结束，不能直接改号码：请取消后重新加入",
  "idempotency.busy": "同样的操作正在进行，请稍候",
});

function wording(status: number, detail: string): string {
  const word = WORDS[status] ?? `请求未能完成（${status}）`;
  return detail ? `${word}：${detail}` : word;
}

/** Called when the API says that nobody is signed in; `session.ts` sets it. */
export const onSignedOut: { tell: () => void } = { tell: () => undefined };

const HEADERS = { "X-Requested-With": "hotline" };

async function asked(request: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(request, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, {});
  }
}

function problemOf(status: number, body: unknown): Problem {
  // A proxy's page has no problem+json; its status says enough.
  const members = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const problem = new Problem(status, cleaned(members));
  // A wrong password is answered so, too, and ends no session.
  if (status === 401 && problem.id !== "access.wrong") onSignedOut.tell();
  return problem;
}

/** The typed client: `api.GET("/api/v1/…")`, `POST`, `PATCH`, `PUT`, `DELETE`. Wrap each in `got`. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "http://127.0.0.1",
  credentials: "same-origin",
  headers: HEADERS,
  fetch: (request: Request) => asked(request),
});

/** Return the body of an answer; throws `Problem`. */
export async function got<T>(asking: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asking;
  if (!response.ok) throw problemOf(response.status, error);
  return cleaned(data as T);
}

/** Ask for what OpenAPI cannot type (a stream, a file), and for addresses that are made at run time. */
export async function ask<T>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  options: { body?: unknown; query?: Record<string, string | number | boolean | undefined | null>; signal?: AbortSignal } = {},
): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const address = query.size > 0 ? `${path}?${query.toString()}` : path;
  const init: RequestInit = { method, credentials: "same-origin", headers: { ...HEADERS }, cache: "no-store" };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    init.headers = { ...HEADERS, "Content-Type": "application/json" };
    init.body = JSON.stringify(options.body);
  }
  const response = await asked(address, init);
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
  if (response.status === 204 || response.headers.get("Content-Length") === "0") return undefined as T;
  return cleaned((await response.json()) as T);
}

/** A key for `Idempotency-Key`: a request that is sent again with the same key is carried out once. */
export function newKey(): string {
  return crypto.randomUUID();
}
