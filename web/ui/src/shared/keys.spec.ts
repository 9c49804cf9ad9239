// @vitest-environment node
import { describe, expect, it } from "vitest";

import { nameOf } from "./keys";

const pressed = (key: string, more: object = {}) =>
  nameOf({ key, ctrlKey: false, altKey: false, shiftKey: false, ...more });

describe("the name of a key", () => {
  it("is written with what is held beside it", () => {
    expect(pressed("F2")).toBe("F2");
    expect(pressed("Enter", { ctrlKey: true, shiftKey: true })).toBe("Ctrl+Shift+Enter");
    expect(pressed("?", { shiftKey: true })).toBe("?");
  });

  it("is the key's own with Alt, whatever character the system makes of it", () => {
    for (const key of ["r", "R", "®"]) expect(pressed(key, { altKey: true, code: "KeyR" })).toBe("Alt+R");
    expect(pressed("¡", { altKey: true, code: "Digit1" })).toBe("Alt+1");
    expect(pressed("F4", { altKey: true, code: "F4" })).toBe("Alt+F4");
  });

  it("is a function key's while an input method takes the others", () => {
    expect(pressed("Process", { code: "F10" })).toBe("F10");
    expect(pressed("Process", { code: "KeyA" })).toBe("Process");
  });
});
