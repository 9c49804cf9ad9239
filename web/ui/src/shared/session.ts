/** Who is signed in on this page, and the ways in and out. The server checks each request by itself. */

import { reactive } from "vue";

import { ask, onSignedOut, Problem } from "./api";

export type Role = "agent" | "supervisor" | "ops" | "auditor" | "admin";

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  agent: "坐席",
  supervisor: "班长",
  ops: "运维",
  auditor: "审计",
  admin: "管理员",
};

/** The signed-in person; `agent` is the own agent number, if any. */
export interface Who {
  user: string;
  name: string;
  role: Role;
  agent: string | null;
}

/** What the sign-in page offers. */
export interface Ways {
  site: string;
  oidc: { label: string; url: string } | null;
}

export const session = reactive<{ who: Who | null; lost: boolean }>({ who: null, lost: false });

onSignedOut.tell = () => {
  if (session.who !== null) session.lost = true;
};

/** Ask the server who is signed in; `session.who` stays null when nobody is. Throws `Problem` for other trouble. */
export async function whoAmI(): Promise<Who | null> {
  try {
    session.who = await ask<Who>("GET", "/api/v1/session");
    session.lost = false;
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    session.who = null;
  }
  return session.who;
}

/** Sign in by password or by the token of hotline.toml; throws `Problem`. */
export async function signIn(by: { user: string; password: string } | { token: string }): Promise<Who> {
  const who = await ask<Who>("POST", "/api/v1/session", { body: by });
  session.who = who;
  session.lost = false;
  return who;
}

/** End the session; the page then shows the sign-in. */
export async function signOut(): Promise<void> {
  try {
    await ask("DELETE", "/api/v1/session");
  } finally {
    session.who = null;
    location.assign("/login");
  }
}

/** Tell whether the signed-in person has one of the roles; without a list everybody has. */
export function may(roles?: readonly Role[]): boolean {
  return session.who !== null && (roles === undefined || roles.includes(session.who.role));
}
