import { describe, expect, it } from "vitest";

import { parse } from "./stream";

describe("events out of text", () => {
  it("gives whole events and keeps the rest, wherever the text is cut", () => {
    const text = 'retry: 1000\n\n: still here\n\nevent: live\nid: 7\ndata: {"等待":1}\n\nevent: live\ndata: {"等待":2}\n\n';
    for (let cut = 0; cut <= text.length; cut += 1) {
      const first = parse(text.slice(0, cut));
      const second = parse(first.rest + text.slice(cut));
      const all = [...first.events, ...second.events];
      expect(all.map((event) => [event.name, event.id, event.data])).toEqual([
        ["live", "7", { 等待: 1 }],
        ["live", null, { 等待: 2 }],
      ]);
      expect(second.rest).toBe("");
    }
  });
});
