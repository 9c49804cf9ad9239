/** The name of this window: kept over a reload, and never shared with a window that was duplicated from it. */

const KEY = "hotline-tab";

let known: string | null = null;

/** Return the name, 8 to 64 letters, digits, `-` and `_`. A copy of an open window gets a name of its own. */
export function tabName(): string {
  if (known !== null) return known;
  const kept = sessionStorage.getItem(KEY);
  // A duplicated window copies the storage; the name in it belongs to the window that is marked as open.
  const mine = kept !== null && sessionStorage.getItem(`${KEY}-open`) === null;
  known = mine ? kept : crypto.randomUUID();
  sessionStorage.setItem(KEY, known);
  sessionStorage.setItem(`${KEY}-open`, "1");
  addEventListener("pagehide", () => sessionStorage.removeItem(`${KEY}-open`));
  return known;
}
