/** The ticket of the call that is shown: what the agent writes is stored at once, and again until it is. */

import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from "vue";

import { ask } from "../shared/api";
import type { Desk } from "./desk";
import { isPassing, problemWords } from "./problems";
import { written } from "./ticket-fields";
import {
  draftOf,
  leave,
  newForm,
  notStored,
  outbox,
  sending,
  shown,
  stored,
  takeDraft,
  unconfirmed,
  wanting,
  withChecks,
  write,
  type TicketView,
} from "./ticket-form";
import type { Draft, FieldValue } from "./types";

const AGAIN_MS = 4000;

/** Keep the form of the desk's call; `who` is the agent, `say` tells the agent what went wrong. */
export function useTicket(desk: Readonly<Ref<Desk>>, who: () => string, say: (text: string) => void) {
  const form = shallowRef(newForm(""));
  const number = ref("");
  const wholeBy = ref("");
  const busy = ref(false);
  /** The draft that was made from the recording, once the ticket is stored. */
  const made = shallowRef<Draft | null>(null);
  const draft = computed(() => made.value ?? desk.value.speech.draft);
  const address = () => `/api/v1/tickets/${encodeURIComponent(form.value.call)}`;

  /** Learn what people said of this ticket before, and the ticket itself once it is there. */
  async function load(): Promise<void> {
    const { call } = form.value;
    if (!call || (desk.value.speech.draft === null && !desk.value.isOver)) return;
    try {
      take(call, await ask<TicketView>("GET", address()));
    } catch {
      // There is no draft before somebody has spoken, and no ticket for a moment after the call: asked again.
    }
  }

  function take(call: string, ticket: TicketView): void {
    if (form.value.call !== call) return;
    number.value = ticket.number ?? "";
    wholeBy.value = ticket.checked_by ?? "";
    made.value = draftOf(ticket);
    form.value = withChecks(form.value, ticket.checks ?? []);
  }

  /** Store what waits, one field at a time when the service does not take them together. */
  async function flush(): Promise<void> {
    const fields = outbox(form.value);
    const names = Object.keys(fields);
    if (busy.value || names.length === 0) return;
    busy.value = true;
    const { call } = form.value;
    form.value = sending(form.value, names);
    try {
      await send(call, fields);
    } finally {
      busy.value = false;
    }
  }

  async function send(call: string, fields: Record<string, FieldValue | null>): Promise<void> {
    const names = Object.keys(fields);
    try {
      await patch(call, { fields });
      told(call, Object.fromEntries(names.map((name) => [name, written(fields[name])])));
    } catch (error) {
      if (form.value.call !== call) {
        keep(call, fields);
        return;
      }
      if (!isPassing(error) && names.length > 1) {
        for (const name of names) await send(call, { [name]: fields[name] ?? null });
        return;
      }
      form.value = notStored(form.value, names, isPassing(error) ? "" : problemWords("保存", error));
    }
  }

  /** What was written into the ticket of a call before, and is not stored yet. */
  const left = new Map<string, Record<string, FieldValue | null>>();

  function keep(call: string, fields: Record<string, FieldValue | null>): void {
    if (call && Object.keys(fields).length > 0) left.set(call, { ...left.get(call), ...fields });
  }

  async function sendLeft(): Promise<void> {
    for (const [call, fields] of [...left]) {
      left.delete(call);
      try {
        await patch(call, { fields });
      } catch (error) {
        if (isPassing(error)) keep(call, { ...fields, ...left.get(call) });
        else say(problemWords("保存上一张工单", error));
      }
    }
  }

  function settle(): void {
    for (const name of Object.keys(form.value.mine)) form.value = leave(form.value, draft.value, name);
  }

  function patch(call: string, body: object): Promise<TicketView> {
    return ask<TicketView>("PATCH", `/api/v1/tickets/${encodeURIComponent(call)}`, { body: { who: who(), ...body } });
  }

  function told(call: string, sent: Record<string, string>): void {
    if (form.value.call === call) form.value = stored(form.value, sent);
  }

  /** Confirm all that stands there, the ticket as a whole once it is stored; true when it was taken. */
  async function confirm(): Promise<boolean> {
    settle();
    await flush();
    if (desk.value.isOver && made.value === null) await load();
    const { call } = form.value;
    const names = unconfirmed(form.value, draft.value).filter((name) => {
      const { fate } = shown(form.value, draft.value, name);
      return fate === null || fate === "stored";
    });
    const sent = Object.fromEntries(names.map((name) => [name, shown(form.value, draft.value, name).text]));
    const isStored = made.value !== null;
    try {
      if (isStored) take(call, await patch(call, { confirm: true }));
      else if (names.length > 0) await patch(call, { confirm: names });
      told(call, sent);
      say("");
      return Object.keys(outbox(form.value)).length === 0;
    } catch (error) {
      say(problemWords("确认工单", error));
      return false;
    }
  }

  watch(
    () => desk.value.shown,
    (call) => {
      settle();
      keep(form.value.call, outbox(form.value));
      void sendLeft();
      form.value = newForm(call);
      number.value = wholeBy.value = "";
      made.value = null;
    },
    { immediate: true },
  );
  watch(() => desk.value.shown !== "" && desk.value.speech.draft !== null, () => void load(), { immediate: true });
  const again = setInterval(() => {
    void flush();
    void sendLeft();
    if (desk.value.isOver && made.value === null) void load();
  }, AGAIN_MS);
  onScopeDispose(() => clearInterval(again));

  return {
    form,
    draft,
    number,
    wholeBy,
    busy,
    open: computed(() => unconfirmed(form.value, draft.value)),
    wanted: computed(() => wanting(form.value, draft.value)),
    write: (name: string, text: string) => (form.value = write(form.value, name, text)),
    leave(name: string) {
      form.value = leave(form.value, draft.value, name);
      void flush();
    },
    takeDraft(name: string) {
      form.value = takeDraft(form.value, draft.value, name);
      void flush();
    },
    confirm,
  };
}

export type TicketInUse = ReturnType<typeof useTicket>;
