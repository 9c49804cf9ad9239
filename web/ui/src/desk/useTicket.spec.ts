// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, shallowRef, type EffectScope } from "vue";

import { UNKNOWN, type Desk } from "./desk";
import { useTicket, type TicketInUse } from "./useTicket";
import type { Draft } from "./types";

const draft: Draft = {
  fields: { kind: { value: "求助", confidence: 0.9, origin: "words", evidence: [] } },
  missing: [],
};

/** A service that keeps what it was sent, and refuses or is away when it is told to. */
class Service {
  asked: { method: string; path: string; body: any }[] = [];
  answers: (path: string, body: any) => { status: number; body: object } = () => ({ status: 200, body: { id: "", checks: [] } });

  fetch = async (path: string, init: RequestInit): Promise<Response> => {
    const body = init.body ? JSON.parse(String(init.body)) : null;
    this.asked.push({ method: String(init.method), path, body });
    const { status, body: told } = this.answers(path, body);
    if (status === 0) throw new TypeError("network");
    return new Response(JSON.stringify(told), { status, headers: { "Content-Type": "application/json" } });
  };

  get sent(): object[] {
    return this.asked.filter((one) => one.method === "PATCH").map((one) => one.body);
  }
}

let service: Service;
let scope: EffectScope;
let ticket: TicketInUse;
let said: string[];
const desk = shallowRef<Desk>(UNKNOWN);

const at = (call: string, more: Partial<Desk> = {}): Desk => ({
  ...UNKNOWN,
  shown: call,
  speech: { ...UNKNOWN.speech, draft },
  ...more,
});

beforeEach(() => {
  vi.useFakeTimers();
  service = new Service();
  vi.stubGlobal("fetch", service.fetch);
  said = [];
  desk.value = at("one");
  scope = effectScope();
  ticket = scope.run(() => useTicket(desk, () => "1001", (text) => said.push(text)))!;
});

afterEach(() => {
  scope.stop();
  vi.clearAllTimers();
  vi.useRealTimers();
});

const soon = () => vi.advanceTimersByTimeAsync(10);
const later = () => vi.advanceTimersByTimeAsync(4100);

function writes(name: string, text: string): void {
  ticket.write(name, text);
  ticket.leave(name);
}

describe("the ticket of the desk's call", () => {
  it("is sent field by field as the agent leaves them", async () => {
    writes("place", "四号楼");
    await soon();
    expect(service.sent).toEqual([{ who: "1001", fields: { place: "四号楼" } }]);
    expect(ticket.form.value.mine.place?.fate).toBe("stored");
  });

  it("is sent again until the service is back", async () => {
    service.answers = () => ({ status: 0, body: {} });
    writes("place", "四号楼");
    await soon();
    expect(ticket.form.value.mine.place?.fate).toBe("waiting");
    service.answers = () => ({ status: 200, body: { id: "", checks: [] } });
    await later();
    expect(ticket.form.value.mine.place?.fate).toBe("stored");
  });

  it("does not let one refused field keep the others back", async () => {
    service.answers = () => ({ status: 0, body: {} });
    writes("place", "四号楼");
    writes("name", "王");
    await soon();
    service.answers = (_path, body) => ({ status: body?.fields && "name" in body.fields ? 422 : 200, body: {} });
    await later();
    expect(ticket.form.value.mine.place?.fate).toBe("stored");
    expect(ticket.form.value.mine.name?.fate).toBe("refused");
    expect(ticket.form.value.mine.name?.problem).toContain("保存");
  });

  it("keeps what was written for the last call when the next one comes, and sends it there", async () => {
    service.answers = (_path, body) => ({ status: body ? 503 : 200, body: {} });
    writes("place", "四号楼");
    ticket.write("name", "王");
    await soon();
    desk.value = at("two");
    await soon();
    expect(ticket.form.value).toEqual({ call: "two", mine: {}, confirmed: {} });
    service.asked = [];
    service.answers = () => ({ status: 200, body: {} });
    await later();
    const late = service.asked.filter((one) => one.method === "PATCH");
    expect(late.map((one) => [one.path, one.body.fields])).toEqual([
      ["/api/v1/tickets/one", { place: "四号楼", name: "王" }],
    ]);
  });

  it("is confirmed by the fields that stand there while the call goes on", async () => {
    expect(await ticket.confirm()).toBe(true);
    expect(service.sent).toEqual([{ who: "1001", confirm: ["kind"] }]);
    expect(ticket.open.value).toEqual([]);
  });

  it("is confirmed as a whole once it is stored, with what the recording gave", async () => {
    const fields = { place: { value: "三号楼", confidence: 0.8, origin: "words", evidence: [] }, name: null };
    service.answers = (_path, body) => ({
      status: 200,
      body: { id: "01M8", number: "20261122-AB", fields, missing: [], checks: [], checked_by: body ? "1001" : null },
    });
    desk.value = { ...desk.value, isOver: true };
    await later();
    expect(ticket.number.value).toBe("20261122-AB");
    expect(ticket.open.value).toEqual(["place"]);
    await ticket.confirm();
    expect(service.sent).toEqual([{ who: "1001", confirm: true }]);
    expect(ticket.wholeBy.value).toBe("1001");
  });

  it("is confirmed as a whole at once when it was stored a moment ago", async () => {
    await ticket.confirm();
    service.answers = (_path, body) => ({
      status: 200,
      body: { id: "01M8", number: "20261122-AB", fields: {}, checks: [], checked_by: body ? "1001" : null },
    });
    desk.value = { ...desk.value, isOver: true };
    await ticket.confirm();
    expect(service.sent.at(-1)).toEqual({ who: "1001", confirm: true });
    expect(ticket.wholeBy.value).toBe("1001");
  });

  it("says why it was not confirmed", async () => {
    service.answers = () => ({ status: 403, body: { detail: "no" } });
    expect(await ticket.confirm()).toBe(false);
    expect(said.at(-1)).toContain("确认工单");
    expect(ticket.open.value).toEqual(["kind"]);
  });
});
