// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { createApp, nextTick, ref, type App, type Component } from "vue";

import { NO_ROOM } from "./room";
import SidePane from "./SidePane.vue";
import { SILENT } from "./speech";
import TicketField from "./TicketField.vue";
import { specOf } from "./ticket-fields";
import { newForm, shown } from "./ticket-form";
import type { Draft, Suggestion } from "./types";
import WordsPane from "./WordsPane.vue";

const SCRIPT = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`;
const words = { words: SCRIPT, speaker: "citizen" as const, start_s: 0, end_s: 1 };

const suggestion: Suggestion = {
  id: "1",
  kind: "emergency_line",
  text: SCRIPT,
  data: { target: "fire", line: SCRIPT },
  evidence: [words],
  at: "",
  withdrawn: false,
};

const ticket = {
  id: "t",
  number: SCRIPT,
  call: "c",
  status: SCRIPT,
  is_open: true,
  kind: SCRIPT,
  title: SCRIPT,
  place: SCRIPT,
  created_at: "2026-11-22T10:00:00Z",
};

const callback = { callback: "b", ticket: SCRIPT, person: SCRIPT, unit: SCRIPT, kind: SCRIPT, matter: SCRIPT, handled_on: null };

const desk = {
  told: null,
  offsetMs: 0,
  shown: "c",
  call: { caller: { number: SCRIPT, known: true, tickets: [ticket], callback, calls: [{ call: "d", agent: SCRIPT, outcome: SCRIPT, arrived_at: null }] } },
  isOver: false,
  room: NO_ROOM,
  speech: {
    ...SILENT,
    lines: [{ speaker: "citizen", start_s: 0, end_s: 1, text: SCRIPT, personal: [{ kind: "name", start: 3, end: 9 }] }],
    guesses: [{ leg: "c", speaker: "agent", text: SCRIPT }],
    suggestions: [suggestion],
  },
};

let app: App | null = null;

async function show(component: Component, props: Record<string, unknown>): Promise<HTMLElement> {
  const box = document.createElement("div");
  document.body.append(box);
  app = createApp(component, props);
  app.mount(box);
  await nextTick();
  return box;
}

afterEach(() => {
  app?.unmount();
  document.body.replaceChildren();
});

function check(box: HTMLElement, times: number): void {
  expect(box.querySelectorAll("img, script")).toHaveLength(0);
  expect((box.textContent ?? "").split("onerror").length - 1).toBeGreaterThanOrEqual(times);
  expect("hit" in window).toBe(false);
}

describe("what a citizen says or is called", () => {
  it("is text in the transcript, never markup", async () => {
    check(await show(WordsPane, { use: { desk: ref(desk) }, marked: null }), 2);
  });

  it("is text in hints, questions and the caller's history", async () => {
    const hint = { field: "place", label: SCRIPT, text: SCRIPT, clause: SCRIPT };
    const side = await show(SidePane, { use: { desk: ref(desk) }, wanted: [hint], canCall: true });
    check(side, 11);
    expect(side.querySelector("[data-test=called-back] .title")?.textContent?.split("onerror")).toHaveLength(4);
  });

  it("is text in the ticket: value, words and the draft's other opinion", async () => {
    const draft: Draft = {
      fields: { place: { value: SCRIPT, confidence: 0.4, origin: "words", evidence: [words] } },
      missing: [],
    };
    const spec = specOf("place")!;
    const drafted = await show(TicketField, { spec, one: shown(newForm("c"), draft, "place"), disabled: false, front: true });
    check(drafted, 1);
    expect(drafted.querySelector("input")?.value).toBe(SCRIPT);
    app?.unmount();
    const mine = { ...newForm("c"), mine: { place: { text: "四号楼", fate: "stored" as const, problem: "" } } };
    check(await show(TicketField, { spec, one: shown(mine, draft, "place"), disabled: false, front: true }), 1);
  });
});
