/** How the pages look on this screen: large type (适老), high contrast. Kept in this browser. */

import { reactive, watch } from "vue";

export const display = reactive({ large: false, contrast: false });

const KEPT = "hotline.display";

function read(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Record<string, unknown>;
    display.large = kept["large"] === true;
    display.contrast = kept["contrast"] === true;
  } catch {
    // A browser that keeps nothing shows the pages as they are.
  }
}

function show(): void {
  document.documentElement.classList.toggle("large-type", display.large);
  document.documentElement.classList.toggle("high-contrast", display.contrast);
}

/** Take up what was chosen before, and keep what is chosen from now on. */
export function beginDisplay(): void {
  read();
  show();
  watch(display, () => {
    show();
    try {
      localStorage.setItem(KEPT, JSON.stringify(display));
    } catch {
      // see read()
    }
  });
}
