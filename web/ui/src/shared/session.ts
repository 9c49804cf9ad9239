/** Who is signed in on this page, and the ways in and out. The server checks each request by itself. */

import { reactive } from "vue";

import { ask, onSignedOut } from "./api";

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
  /** May see a whole number after giving a reason. */
  may_reveal: boolean;
  must_change_password: boolean;
  /** Where this role begins. */
  home: string;
}

/** What the sign-in page offers. */
export interface Ways {
  oidc: { label: string; start: string } | null;
  /** Nobody has been added yet: the token of hotline.toml is the way in. */
  first_run: boolean;
}

type Answer = Ways & (({ signed_in: true } & Who) | { signed_in: false });

export const session = reactive<{ who: Who | null; ways: Ways | null; lost: boolean }>({
  who: null,
  ways: null,
  lost: false,
});

onSignedOut.tell = () => {
  if (session.who !== null) session.lost = true;
};

function take(answer: Answer): Who | null {
  session.ways = { oidc: answer.oidc, first_run: answer.first_run };
  session.who = answer.signed_in ? answer : null;
  session.lost = false;
  return session.who;
}

/** Ask the server who is signed in; null when nobody is. Throws `Problem`. */
export async function whoAmI(): Promise<Who | null> {
  return take(await ask<Answer>("GET", "/api/v1/session"));
}

/** Sign in by password or by the token of hotline.toml; throws `Problem`. */
export async function signIn(by: { user: string; password: string } | { token: string }): Promise<Who | null> {
  return take(await ask<Answer>("POST", "/api/v1/session", { body: by }));
}

/** Change the own password; the person's other sessions end. Throws `Problem`. */
export async function changePassword(old: string, fresh: string): Promise<void> {
  await ask("POST", "/api/v1/session/password", { body: { old, new: fresh } });
  await whoAmI();
}

/** End the session; the page then shows the sign-in. */
export async function signOut(): Promise<void> {
  try {
    await ask("DELETE", "/api/v1/session");
  } finally {
    location.assign("/login");
  }
}

/** Tell whether the signed-in person has one of the roles; without a list everybody has. */
export function may(roles?: readonly Role[]): boolean {
  return session.who !== null && (roles === undefined || roles.includes(session.who.role));
}
