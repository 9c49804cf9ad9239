/** Keys of a page: one map, which is also what `?` shows. Keys are quiet while somebody types. */

import { onBeforeUnmount, onMounted, reactive } from "vue";

export interface Key {
  /** As `KeyboardEvent.key`, with `Ctrl+`, `Alt+`, `Shift+` before it: "F2", "Ctrl+Enter", "?". */
  key: string;
  label: string;
  run: () => void;
  /** Works while a field has the focus, too (function keys). */
  always?: boolean;
}

export const shownKeys = reactive<{ keys: Key[]; open: boolean }>({ keys: [], open: false });

type Named = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "shiftKey"> & { code?: string };

/** Return an event's key as the map writes it: "F2", "Ctrl+Enter", "Alt+R". */
export function nameOf(event: Named): string {
  const parts: string[] = [];
  if (event.ctrlKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  const key = keyOf(event);
  if (event.shiftKey && key.length > 1) parts.push("Shift");
  return [...parts, key].join("+");
}

/** With Alt some systems make another character of a key, and an input method hides function keys. */
function keyOf(event: Named): string {
  const code = event.code ?? "";
  if (event.key === "Process" && /^F\d+$/.test(code)) return code;
  if (!event.altKey) return event.key;
  return /^(Key|Digit)[A-Z0-9]$/.test(code) ? code.slice(-1) : event.key.length === 1 ? event.key.toUpperCase() : event.key;
}

/** Tell whether an event's target takes text. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select, [role=combobox]"))
  );
}

/** Let a page have its keys for as long as it is shown. */
export function useKeys(keys: Key[]): void {
  function take(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.repeat) return;
    const name = nameOf(event);
    const found = shownKeys.keys.find((one) => one.key === name);
    if (found === undefined || (isTyping(event.target) && !found.always)) return;
    event.preventDefault();
    found.run();
  }
  onMounted(() => {
    shownKeys.keys = [...keys, { key: "?", label: "显示或隐藏按键说明", run: () => (shownKeys.open = !shownKeys.open) }];
    window.addEventListener("keydown", take);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("keydown", take);
    shownKeys.keys = [];
    shownKeys.open = false;
  });
}
