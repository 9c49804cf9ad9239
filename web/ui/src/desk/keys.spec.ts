// @vitest-environment node
import { describe, expect, it } from "vitest";

import { ARMED_MS, BINDINGS, keyOf, keysOf, press, type Action } from "./keys";

describe("the key map", () => {
  it("has one key for each action, none of which is a character of a text", () => {
    expect(new Set(BINDINGS.map((one) => one.key)).size).toBe(BINDINGS.length);
    for (const { key } of BINDINGS) expect(key).toMatch(/^F\d+$|^Alt\+[A-Z0-9]$/);
    expect(keyOf("answer")).toBe("F2");
  });

  it("leaves the browser its reload, full screen and tools", () => {
    for (const own of ["F5", "F11", "F12"]) expect(BINDINGS.map((one) => one.key)).not.toContain(own);
  });

  it("does each action by its key", () => {
    const done: Action[] = [];
    const run = Object.fromEntries(
      BINDINGS.map(({ action }) => [action, () => done.push(action)]),
    ) as unknown as Record<Action, () => void>;
    for (const key of keysOf(run)) {
      expect(key.always).toBe(true);
      key.run();
    }
    expect(done).toEqual(BINDINGS.map((one) => one.action));
  });
});

describe("press", () => {
  it("does an act at the second press, not at the first, and not too late", () => {
    const first = press(null, "hangup", 1000);
    expect(first.done).toBe(false);
    expect(press(first.armed, "hangup", 1000 + ARMED_MS).done).toBe(true);
    expect(press(first.armed, "hangup", 1001 + ARMED_MS).done).toBe(false);
    expect(press(first.armed, "confirm", 1500).done).toBe(false);
  });
});
