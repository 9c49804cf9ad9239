/** Who is signed in on this page, and the ways in and out. The server checks each request by itself. */

import { reactive } from "vue";

import { api, ask, got, onSignedOut } from "./api";
import type { components } from "./schema";
import { setZone } from "./zone";

type State = components["schemas"]["SessionState"];
export type Role = components["schemas"]["Role"];

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  agent: "坐席",
  supervisor: "班长",
  ops: "运维",
  auditor: "审计",
  admin: "管理员",
};

/** The signed-in person: `agent` is the own agent number, if any; `home` is where the role begins. */
export type Who = Pick<
  State,
  "user" | "name" | "agent" | "may_reveal" | "must_change_password" | "home"
> & { role: Role };

/** What the sign-in page offers; `first_run`: nobody has been added yet, the token of hotline.toml is the way in. */
export type Ways = Pick<State, "oidc" | "first_run" | "site" | "node">;

export const session = reactive<{ who: Who | null; ways: Ways | null; lost: boolean }>({
  who: null,
  ways: null,
  lost: false,
});

onSignedOut.tell = () => {
  if (session.who !== null) session.lost = true;
};

function take(state: State): Who | null {
  setZone(state.timezone);
  session.ways = state;
  session.who = state.signed_in && state.role !== null ? { ...state, role: state.role } : null;
  session.lost = false;
  return session.who;
}

/** Ask the server who is signed in; null when nobody is. Throws `Problem`. */
export async function whoAmI(): Promise<Who | null> {
  return take(await got(api.GET("/api/v1/session")));
}

/** Sign in by password or by the token of hotline.toml; throws `Problem`. */
export async function signIn(by: { user: string; password: string } | { token: string }): Promise<Who | null> {
  return take(await got(api.POST("/api/v1/session", { body: { user: "", password: "", token: "", ...by } })));
}

/** Change the own password; the person's other sessions end. Throws `Problem`. */
export async function changePassword(old: string, fresh: string): Promise<void> {
  await got(api.POST("/api/v1/session/password", { body: { old, new: fresh } }));
  await whoAmI();
}

/** End the session; the page then shows the sign-in. */
export async function signOut(): Promise<void> {
  let next = "/login";
  try {
    // Who came by the city's single sign-on signs out there, too.
    const told = await ask<{ next?: string } | null>("DELETE", "/api/v1/session");
    next = told?.next ?? next;
  } finally {
    location.assign(next);
  }
}

/** Tell whether the signed-in person has one of the roles; without a list everybody has. */
export function may(roles?: readonly Role[]): boolean {
  return session.who !== null && (roles === undefined || roles.includes(session.who.role));
}
