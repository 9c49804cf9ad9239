/** The ticket of the call that is shown: what the agent writes is stored at once, and again until it is. */

import { computed, onBeforeUnmount, ref, shallowRef, watch, type Ref } from "vue";

import { ask } from "../shared/api";
import type { Desk } from "./desk";
import { isPassing, problemWords } from "./problems";
import { written } from "./ticket-fields";
import {
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
  type CheckView,
} from "./ticket-form";
import type { FieldValue } from "./types";

const AGAIN_MS = 4000;

interface TicketView {
  number?: string;
  checks?: CheckView[];
  checked_by?: string | null;
}

/** Keep the form of the desk's call; `who` is the agent, `say` tells the agent what went wrong. */
export function useTicket(desk: Readonly<Ref<Desk>>, who: () => string, say: (text: string) => void) {
  const form = shallowRef(newForm(""));
  const number = ref("");
  const wholeBy = ref("");
  const busy = ref(false);
  const draft = computed(() => desk.value.speech.draft);
  const address = () => `/api/v1/tickets/${encodeURIComponent(form.value.call)}`;

  async function load(): Promise<void> {
    const { call } = form.value;
    if (!call) return;
    try {
      const ticket = await ask<TicketView>("GET", address());
      if (form.value.call !== call) return;
      number.value = ticket.number ?? "";
      wholeBy.value = ticket.checked_by ?? "";
      form.value = withChecks(form.value, ticket.checks ?? []);
    } catch {
      // There is no draft before somebody has spoken; what is asked again in a moment is no trouble.
    }
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
      if (form.value.call !== call) return;
      if (!isPassing(error) && names.length > 1) {
        for (const name of names) await send(call, { [name]: fields[name] ?? null });
        return;
      }
      form.value = notStored(form.value, names, isPassing(error) ? "" : problemWords("保存", error));
    }
  }

  function patch(call: string, body: object): Promise<TicketView> {
    return ask<TicketView>("PATCH", `/api/v1/tickets/${encodeURIComponent(call)}`, { body: { who: who(), ...body } });
  }

  function told(call: string, sent: Record<string, string>): void {
    if (form.value.call === call) form.value = stored(form.value, sent);
  }

  /** Confirm all that stands there; true when it is stored. */
  async function confirm(): Promise<boolean> {
    for (const name of Object.keys(form.value.mine)) form.value = leave(form.value, draft.value, name);
    await flush();
    const { call } = form.value;
    const names = unconfirmed(form.value, draft.value).filter((name) => {
      const { fate } = shown(form.value, draft.value, name);
      return fate === null || fate === "stored";
    });
    const sent = Object.fromEntries(names.map((name) => [name, shown(form.value, draft.value, name).text]));
    try {
      const isWhole = desk.value.isOver && (await confirmWhole(call));
      if (!isWhole && names.length > 0) await patch(call, { confirm: names });
      told(call, sent);
      say("");
      return Object.keys(outbox(form.value)).length === 0;
    } catch (error) {
      say(problemWords("确认工单", error));
      return false;
    }
  }

  /** After the call the ticket is there a moment later; until then its fields are confirmed one by one. */
  async function confirmWhole(call: string): Promise<boolean> {
    try {
      const ticket = await patch(call, { confirm: true });
      if (form.value.call === call) {
        wholeBy.value = ticket.checked_by ?? who();
        number.value = ticket.number ?? number.value;
      }
      return true;
    } catch (error) {
      if ((error as { status?: number }).status === 0) throw error;
      return false;
    }
  }

  watch(
    () => desk.value.shown,
    (call) => {
      void flush();
      form.value = newForm(call);
      number.value = wholeBy.value = "";
      void load();
    },
    { immediate: true },
  );
  const again = setInterval(() => void flush(), AGAIN_MS);
  onBeforeUnmount(() => clearInterval(again));

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
