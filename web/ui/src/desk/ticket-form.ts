/** The draft ticket as the agent sees it: what was written by hand stands, whatever the draft says later. Pure. */

import { FIELDS, read, specOf, written } from "./ticket-fields";
import type { Draft, DraftField, Evidence, FieldValue, Hint } from "./types";

/** Where a field that the agent wrote stands: still being written, on its way, stored, or not taken. */
export type Fate = "writing" | "waiting" | "sending" | "stored" | "refused";

export interface Mine {
  text: string;
  fate: Fate;
  problem: string;
}

export interface Form {
  /** The call whose ticket it is. */
  call: string;
  mine: Readonly<Record<string, Mine>>;
  /** What was confirmed, as it was written then. */
  confirmed: Readonly<Record<string, string>>;
}

/** One field as it is shown. */
export interface Shown {
  name: string;
  label: string;
  text: string;
  by: "agent" | "draft" | "nobody";
  /** 0 to 1 of a drafted value; null for what the agent wrote and what is empty. */
  confidence: number | null;
  evidence: readonly Evidence[];
  /** What the draft says where the agent wrote something else; empty when it says nothing. */
  draftSays: string;
  fate: Fate | null;
  problem: string;
  confirmed: boolean;
  hint: Hint | null;
}

export function newForm(call: string): Form {
  return { call, mine: {}, confirmed: {} };
}

/** A ticket, or the draft of a call that goes on, as the service gives it; `id` is empty until it is stored. */
export interface TicketView {
  id: string;
  number?: string;
  checked_by?: string | null;
  fields?: Record<string, DraftField | null>;
  missing?: Hint[];
  checks?: CheckView[];
}

/** Return the draft of a stored ticket, made from the recording; null while there is none. */
export function draftOf(ticket: TicketView): Draft | null {
  if (!ticket.id || !ticket.fields) return null;
  const fields: Record<string, DraftField> = {};
  for (const [name, field] of Object.entries(ticket.fields)) {
    if (!field) continue;
    fields[name] = { ...field, evidence: field.evidence.map((piece) => ({ ...piece, clock: "recording" as const })) };
  }
  return { fields, missing: ticket.missing ?? [] };
}

/** What a check of this ticket said (`checks` of `GET /api/v1/tickets/ID`). */
export interface CheckView {
  act: string;
  fields: Record<string, { old: FieldValue | null; new: FieldValue | null }>;
}

/** Return the form with what people said before, so that a reload forgets nothing; what is being written stays. */
export function withChecks(form: Form, checks: readonly CheckView[]): Form {
  const mine = { ...form.mine };
  const confirmed = { ...form.confirmed };
  for (const check of checks) {
    for (const [name, change] of Object.entries(check.fields)) {
      const text = written(change.new);
      confirmed[name] = text;
      const isMine = mine[name] && mine[name].fate !== "stored";
      if (change.new !== change.old && !isMine) mine[name] = { text, fate: "stored", problem: "" };
    }
  }
  return { ...form, mine, confirmed };
}

/** Return a field as it is shown; `name` is one of `FIELDS`. */
export function shown(form: Form, draft: Draft | null, name: string): Shown {
  const field = draft?.fields[name] ?? null;
  const drafted = written(field?.value);
  const mine = form.mine[name];
  const text = mine ? mine.text : drafted;
  const isMine = mine !== undefined || field?.origin === "person";
  return {
    name,
    label: specOf(name)?.label ?? name,
    text,
    by: isMine ? "agent" : field ? "draft" : "nobody",
    confidence: isMine || !field || field.origin !== "words" ? null : field.confidence,
    evidence: field?.evidence ?? [],
    draftSays: mine && field && field.origin !== "person" && drafted !== mine.text ? drafted : "",
    fate: mine?.fate ?? null,
    problem: mine?.problem ?? "",
    confirmed: form.confirmed[name] === text && name in form.confirmed && (!mine || mine.fate === "stored"),
    hint: isAsked(form, field, name, text) ? null : (draft?.missing.find((one) => one.field === name) ?? null),
  };
}

/** Tell whether somebody spoke of a field: what every ticket begins with, such as 不保密, is nobody's word. */
function isAsked(form: Form, field: DraftField | null, name: string, text: string): boolean {
  if (!text) return false;
  return field?.origin !== "initial" || name in form.mine || name in form.confirmed;
}

/** Return the form while a field is being written in. */
export function write(form: Form, name: string, text: string): Form {
  return put(form, name, { text, fate: "writing", problem: "" });
}

/** Return the form when the agent leaves a field: a value is on its way, a fault is named, no change is none. */
export function leave(form: Form, draft: Draft | null, name: string): Form {
  const mine = form.mine[name];
  const spec = specOf(name);
  if (!mine || !spec || mine.fate !== "writing") return form;
  const drafted = written(draft?.fields[name]?.value);
  if (mine.text.trim() === drafted && !(name in form.confirmed)) return without(form, name);
  const value = read(spec, mine.text);
  if ("problem" in value) return put(form, name, { ...mine, fate: "refused", problem: value.problem });
  const text = written(value.value);
  if (name in form.confirmed && form.confirmed[name] === text) return put(form, name, { text, fate: "stored", problem: "" });
  return put(form, name, { text, fate: "waiting", problem: "" });
}

/** Return the form with the draft's value in the place of what the agent wrote. */
export function takeDraft(form: Form, draft: Draft | null, name: string): Form {
  const field = draft?.fields[name];
  if (!field) return form;
  const mine = form.mine[name];
  const wasTold = mine?.fate === "stored" || mine?.fate === "sending" || name in form.confirmed;
  if (!wasTold) return without(form, name);
  return put(form, name, { text: written(field.value), fate: "waiting", problem: "" });
}

/** What is to be sent of a form: corrections by field; null empties one. */
export function outbox(form: Form): Record<string, FieldValue | null> {
  const fields: Record<string, FieldValue | null> = {};
  for (const [name, mine] of Object.entries(form.mine)) {
    const spec = specOf(name);
    if (mine.fate !== "waiting" || !spec) continue;
    const value = read(spec, mine.text);
    if ("value" in value) fields[name] = value.value;
  }
  return fields;
}

/** Return the form while some fields are on their way. */
export function sending(form: Form, names: readonly string[]): Form {
  return each(form, names, (mine) => (mine.fate === "waiting" ? { ...mine, fate: "sending" } : mine));
}

/** Return the form when the service has stored corrections and confirmations. */
export function stored(form: Form, sent: Readonly<Record<string, string>>): Form {
  const after = each(form, Object.keys(sent), (mine) => (mine.fate === "sending" ? { ...mine, fate: "stored" } : mine));
  return { ...after, confirmed: { ...after.confirmed, ...sent } };
}

/** Return the form when the service did not take what was sent: it is tried again, or the fault is named. */
export function notStored(form: Form, names: readonly string[], problem: string): Form {
  return each(form, names, (mine) =>
    mine.fate === "sending" ? { ...mine, fate: problem ? "refused" : "waiting", problem } : mine,
  );
}

/** Return the fields that hold something nobody has confirmed yet, in the form's order. */
export function unconfirmed(form: Form, draft: Draft | null): string[] {
  return FIELDS.map((spec) => shown(form, draft, spec.name))
    .filter((one) => one.text && !one.confirmed)
    .map((one) => one.name);
}

/** Return the fields that must still be filled, the most needed first. */
export function wanting(form: Form, draft: Draft | null): Hint[] {
  return (draft?.missing ?? []).filter((hint) => specOf(hint.field) && shown(form, draft, hint.field).hint);
}

/** Return the field after `current` that must be filled, or is not sure; from the top again at the end. */
export function nextToFill(form: Form, draft: Draft | null, current: string): string | null {
  const wanted = new Set(wanting(form, draft).map((hint) => hint.field));
  const open = FIELDS.map((spec) => shown(form, draft, spec.name))
    .filter((one) => wanted.has(one.name) || one.fate === "refused" || isDoubtful(one))
    .map((one) => one.name);
  const order = FIELDS.map((spec) => spec.name);
  const after = order.indexOf(current);
  return open.find((name) => order.indexOf(name) > after) ?? open[0] ?? null;
}

/** Tell whether a drafted value should be looked at before it is confirmed. */
export function isDoubtful(one: Shown): boolean {
  return one.confidence !== null && one.confidence < 0.5 && !one.confirmed;
}

function put(form: Form, name: string, mine: Mine): Form {
  return { ...form, mine: { ...form.mine, [name]: mine } };
}

function without(form: Form, name: string): Form {
  const { [name]: _gone, ...mine } = form.mine;
  return { ...form, mine };
}

function each(form: Form, names: readonly string[], change: (mine: Mine) => Mine): Form {
  const mine = { ...form.mine };
  for (const name of names) if (mine[name]) mine[name] = change(mine[name]);
  return { ...form, mine };
}
