import type { Role } from "../shared/session";

const HOMES: Readonly<Record<Role, string>> = {
  agent: "/desk",
  supervisor: "/floor",
  ops: "/ops/figures",
  auditor: "/admin/access-log",
  admin: "/ops/figures",
};

/** Return where a sign-in leads: the wanted page of this service, else the role's own. Never another site. */
export function safeNext(wanted: unknown, role: Role): string {
  if (typeof wanted !== "string") return HOMES[role];
  const ours = /^\/(?![/\\])[^\s\\]*$/.test(wanted) && !wanted.startsWith("/login");
  return ours ? wanted : HOMES[role];
}
