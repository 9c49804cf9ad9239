/** What the pages of administration ask of the API: users, API tokens, the access log (docs/access.md). */

import { ask } from "../shared/api";
import type { Role } from "../shared/session";

export interface User {
  id: string;
  user: string;
  name: string;
  role: Role;
  agent: string | null;
  oidc: boolean;
  password: boolean;
  disabled_at: string | null;
  created_at: string;
  signed_in_at: string | null;
  sessions: number;
  locked_until: string | null;
}

export interface NewUser {
  user: string;
  name: string;
  role: Role;
  agent: string | null;
}

export interface Token {
  id: string;
  name: string;
  role: Role;
  scopes: string[];
  created_at: string;
  created_by: string;
  expires_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
}

export interface Entry {
  node: string;
  seq: number;
  at: string;
  who: string;
  role: string | null;
  via: string | null;
  address: string | null;
  action: string;
  what: string | null;
  subject: string | null;
  reason: string | null;
  result: string;
}

export interface Verdict {
  whole: boolean;
  entries: number;
  faults: { node: string; seq: number; fault: string }[];
}

const one = (user: string): string => `/api/v1/users/${encodeURIComponent(user)}`;

export const listUsers = (): Promise<{ users: User[] }> => ask("GET", "/api/v1/users", { query: { limit: 500 } });

/** Add a person; without a password of the city's sign-in the answer holds one that must be changed. */
export const addUser = (body: NewUser): Promise<{ password?: string }> => ask("POST", "/api/v1/users", { body });

export const changeUser = (
  user: string,
  body: { name?: string; role?: Role; agent?: string | null; disabled?: boolean; password?: string; unlock?: true },
): Promise<void> => ask("PATCH", one(user), { body });

export const signOutUser = (user: string): Promise<void> => ask("POST", `${one(user)}/sign-out`);

export const listTokens = (): Promise<{ tokens: Token[] }> => ask("GET", "/api/v1/tokens");

/** Make a token; `token` is told this once. */
export const addToken = (body: { name: string; role: Role; scopes: string[]; days: number }): Promise<{ token: string }> =>
  ask("POST", "/api/v1/tokens", { body });

export const revokeToken = (id: string): Promise<void> => ask("DELETE", `/api/v1/tokens/${encodeURIComponent(id)}`);

export const readLog = (query: Record<string, string | number | null>): Promise<{ entries: Entry[]; next: string | null }> =>
  ask("GET", "/api/v1/access-log", { query });

export const verifyLog = (): Promise<Verdict> => ask("GET", "/api/v1/access-log/verify");
