// @vitest-environment node
import { describe, expect, it } from "vitest";

import {
  draftOf,
  isDoubtful,
  leave,
  newForm,
  nextToFill,
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
  type Form,
} from "./ticket-form";
import type { Draft, DraftField, FieldValue } from "./types";

const words = [{ words: "三号楼", speaker: "citizen" as const, start_s: 3, end_s: 4 }];

function field(value: FieldValue, confidence = 0.9, origin: DraftField["origin"] = "words"): DraftField {
  return { value, confidence, origin, evidence: origin === "words" ? words : [] };
}

function draft(fields: Record<string, DraftField>, missing: string[] = []): Draft {
  return {
    fields,
    missing: missing.map((name) => ({ field: name, label: name, text: `问一下：${name}？`, clause: "WH 6.1.5" })),
  };
}

const empty = newForm("call");
const typed = (name: string, text: string, form: Form = empty, on: Draft | null = null) =>
  leave(write(form, name, text), on, name);

describe("a field of the form", () => {
  it("fills itself from the draft, with how sure it is and the words it came from", () => {
    const one = shown(empty, draft({ place: field("三号楼", 0.7) }), "place");
    expect(one).toMatchObject({ text: "三号楼", by: "draft", confidence: 0.7, evidence: words, confirmed: false });
    expect(shown(empty, null, "place")).toMatchObject({ text: "", by: "nobody", confidence: null });
  });

  it("is never overwritten by the draft once the agent has touched it", () => {
    let form = write(empty, "place", "四号");
    for (const later of ["三号楼", "五号楼"]) {
      expect(shown(form, draft({ place: field(later) }), "place")).toMatchObject({
        text: "四号",
        by: "agent",
        draftSays: later,
      });
    }
    form = stored(sending(typed("place", "四号楼"), ["place"]), { place: "四号楼" });
    expect(shown(form, draft({ place: field("六号楼") }), "place").text).toBe("四号楼");
  });

  it("stays empty when the agent emptied it", () => {
    const form = typed("place", "", empty, draft({ place: field("三号楼") }));
    expect(outbox(form)).toEqual({ place: null });
    expect(shown(form, draft({ place: field("三号楼") }), "place")).toMatchObject({ text: "", draftSays: "三号楼" });
  });

  it("belongs to the draft again when nothing was changed in it", () => {
    const form = typed("place", "三号楼", empty, draft({ place: field("三号楼") }));
    expect(form.mine).toEqual({});
  });

  it("says what is wrong with a value, keeps it and sends nothing", () => {
    const form = typed("people", "很多");
    expect(shown(form, null, "people")).toMatchObject({ text: "很多", fate: "refused" });
    expect(shown(form, null, "people").problem).not.toBe("");
    expect(outbox(form)).toEqual({});
  });

  it("shows the question of a missing field until something stands there", () => {
    const on = draft({}, ["place"]);
    expect(shown(empty, on, "place").hint?.text).toBe("问一下：place？");
    expect(shown(write(empty, "place", "四"), on, "place").hint).toBeNull();
    expect(wanting(empty, on)).toHaveLength(1);
    expect(wanting(write(empty, "place", "四"), on)).toEqual([]);
  });
});

describe("what every ticket begins with", () => {
  it("is still to be asked, until the agent writes or confirms it", () => {
    const on = draft({ confidential: field(false, 1, "initial") }, ["confidential"]);
    expect(shown(empty, on, "confidential")).toMatchObject({ text: "否", by: "draft" });
    expect(wanting(empty, on).map((hint) => hint.field)).toEqual(["confidential"]);
    expect(wanting(write(empty, "confidential", "是"), on)).toEqual([]);
    expect(wanting(stored(empty, { confidential: "否" }), on)).toEqual([]);
  });
});

describe("what is sent", () => {
  it("is each corrected field once, as a value", () => {
    let form = typed("people", "12", typed("confidential", "是"));
    expect(outbox(form)).toEqual({ people: 12, confidential: true });
    form = sending(form, ["people", "confidential"]);
    expect(outbox(form)).toEqual({});
    form = stored(form, { people: "12", confidential: "是" });
    expect(shown(form, null, "people")).toMatchObject({ fate: "stored", confirmed: true });
  });

  it("is tried again when the service was away, and named when it was refused", () => {
    const form = sending(typed("place", "四号楼"), ["place"]);
    expect(outbox(notStored(form, ["place"], ""))).toEqual({ place: "四号楼" });
    expect(shown(notStored(form, ["place"], "太长"), null, "place")).toMatchObject({ fate: "refused", problem: "太长" });
  });

  it("is not lost when the agent writes on while it is on its way", () => {
    let form = sending(typed("place", "四号楼"), ["place"]);
    form = stored(write(form, "place", "四号楼二单元"), { place: "四号楼" });
    form = leave(form, null, "place");
    expect(outbox(form)).toEqual({ place: "四号楼二单元" });
  });

  it("is the draft's value when the agent takes it back after having stored another", () => {
    const on = draft({ place: field("三号楼") });
    expect(takeDraft(write(empty, "place", "四"), on, "place").mine).toEqual({});
    const kept = stored(sending(typed("place", "四号楼"), ["place"]), { place: "四号楼" });
    expect(outbox(takeDraft(kept, on, "place"))).toEqual({ place: "三号楼" });
    expect(takeDraft(kept, null, "place")).toBe(kept);
  });
});

describe("confirming", () => {
  it("covers what is filled and not confirmed yet", () => {
    const on = draft({ kind: field("求助"), place: field("三号楼"), caller: field("138", 1, "call") });
    expect(unconfirmed(empty, on)).toEqual(["kind", "place"]);
    const form = stored(empty, { kind: "求助", place: "三号楼" });
    expect(unconfirmed(form, on)).toEqual([]);
    expect(shown(form, on, "kind").confirmed).toBe(true);
    expect(unconfirmed(form, draft({ ...on.fields, name: field("王") }))).toEqual(["name"]);
  });

  it("counts no more once the agent writes something else", () => {
    const on = draft({ place: field("三号楼") });
    const form = write(stored(empty, { place: "三号楼" }), "place", "四号楼");
    expect(unconfirmed(form, on)).toEqual(["place"]);
    expect(leave(write(form, "place", "三号楼"), on, "place").mine.place?.fate).toBe("stored");
  });

  it("is remembered over a reload, but not above what is being written", () => {
    const checks: CheckView[] = [
      { act: "confirm", fields: { kind: { old: "求助", new: "求助" } } },
      { act: "correct", fields: { place: { old: "三号楼", new: "四号楼" }, name: { old: null, new: "王" } } },
    ];
    const form = withChecks(write(empty, "name", "汪"), checks);
    const on = draft({ kind: field("求助"), place: field("四号楼", 1, "person") });
    expect(shown(form, on, "kind")).toMatchObject({ confirmed: true, by: "draft" });
    expect(shown(form, on, "place")).toMatchObject({ text: "四号楼", by: "agent", confirmed: true, draftSays: "" });
    expect(shown(form, on, "name").text).toBe("汪");
  });
});

describe("draftOf", () => {
  it("is nothing until the ticket is stored, then what the recording gave, by the recording's clock", () => {
    const view = { fields: { place: field("三号楼"), name: null }, missing: [] };
    expect(draftOf({ id: "", ...view })).toBeNull();
    const made = draftOf({ id: "01M8", ...view });
    expect(Object.keys(made?.fields ?? {})).toEqual(["place"]);
    expect(made?.fields.place?.evidence[0]?.clock).toBe("recording");
  });
});

describe("nextToFill", () => {
  it("goes from one field that needs the agent to the next and round again", () => {
    const on = draft({ domain: field("城乡建设", 0.3), kind: field("求助", 0.9) }, ["place", "name"]);
    expect(isDoubtful(shown(empty, on, "domain"))).toBe(true);
    expect(nextToFill(empty, on, "")).toBe("domain");
    expect(nextToFill(empty, on, "domain")).toBe("place");
    expect(nextToFill(empty, on, "place")).toBe("name");
    expect(nextToFill(empty, on, "name")).toBe("domain");
    expect(nextToFill(empty, null, "")).toBeNull();
  });
});
