/** Return where a sign-in leads: the wanted page of this service, else the role's home. Never another site. */
export function safeNext(wanted: unknown, home: string): string {
  if (typeof wanted !== "string") return home;
  const ours = /^\/(?![/\\])[^\s\\]*$/.test(wanted) && !wanted.startsWith("/login");
  return ours ? wanted : home;
}
