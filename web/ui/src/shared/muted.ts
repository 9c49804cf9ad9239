/** Whether the agent has muted the present call: kept over a reload of this window, which loses the call for a moment. */

const KEY = "hotline-muted";

export const wasMuted = (): boolean => sessionStorage.getItem(KEY) !== null;

export function keepMuted(on: boolean): void {
  if (on) sessionStorage.setItem(KEY, "1");
  else sessionStorage.removeItem(KEY);
}
