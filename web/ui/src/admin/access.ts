/** What the pages of administration ask of the API: users, API tokens, the access log (docs/access.md). */

import { api, got } from "../shared/api";
import type { components } from "../shared/schema";
import type { Role } from "../shared/session";

type Schemas = components["schemas"];
export type User = Schemas["User"];
export type UserAdded = Schemas["UserAdded"];
export type UserChange = Schemas["UserChange"];
export type Token = Schemas["Token"];
export type Entry = Schemas["LogEntry"];
export type Verdict = Schemas["LogProof"];

export interface NewUser {
  user: string;
  name: string;
  role: Role;
  agent: string | null;
}

const PAGE = 200;

/** Return every user, page by page. */
export async function listUsers(): Promise<User[]> {
  const users: User[] = [];
  for (let after = ""; ; ) {
    const page = await got(api.GET("/api/v1/users", { params: { query: { limit: PAGE, after } } }));
    users.push(...page.users);
    if (page.next === null) return users;
    after = page.next;
  }
}

/** Add a person; the answer holds a password that was made up and must be changed. */
export const addUser = (body: NewUser): Promise<UserAdded> => got(api.POST("/api/v1/users", { body: { password: null, ...body } }));

export const changeUser = (user: string, body: Partial<UserChange>): Promise<User> =>
  got(api.PATCH("/api/v1/users/{user}", { params: { path: { user } }, body: body as UserChange }));

export const signOutUser = (user: string): Promise<unknown> =>
  got(api.POST("/api/v1/users/{user}/sign-out", { params: { path: { user } } }));

export const listTokens = async (): Promise<Token[]> => (await got(api.GET("/api/v1/tokens"))).tokens;

/** Make a token; it is told this once. */
export const addToken = async (body: { name: string; role: Role; scopes: string[]; days: number }): Promise<string> =>
  (await got(api.POST("/api/v1/tokens", { body }))).token;

export const revokeToken = (id: string): Promise<unknown> => got(api.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } }));

/** Which entries of the log: `action` and `subject` by their beginning; moments as ISO with their zone. */
export interface Wanted {
  who: string;
  action: string;
  subject: string;
  since: string | null;
  until: string | null;
}

export const readLog = (wanted: Wanted, after: string): Promise<Schemas["LogPage"]> => {
  const { since, until, ...rest } = wanted;
  const query = { ...rest, ...(since ? { since } : {}), ...(until ? { until } : {}), limit: 100, after };
  return got(api.GET("/api/v1/access-log", { params: { query } }));
};

export const verifyLog = (): Promise<Verdict> => got(api.GET("/api/v1/access-log/verify"));
