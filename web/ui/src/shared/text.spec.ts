import { describe, expect, it } from "vitest";

import { parse } from "./stream";
import { clean, cleaned } from "./text";

describe("text of others", () => {
  it("shows signs that are not seen and those that turn the direction of writing", () => {
    expect(clean("张三\u202e321\u0007\u2066x\u009f")).toBe("张三\ufffd321\ufffd\ufffdx\ufffd");
  });

  it("leaves lines, tabs and every other letter", () => {
    const text = "第一行\r\n\t第二行 <b>& “引号” 😀 עברית";
    expect(clean(text)).toBe(text);
  });

  it("is cleaned wherever it stands in an answer", () => {
    const answer = { n: 1, ok: true, none: null, list: ["a\u0000", { name: "\u202eb" }] };
    expect(cleaned(answer)).toEqual({ n: 1, ok: true, none: null, list: ["a\ufffd", { name: "\ufffdb" }] });
  });

  it("is cleaned in streams, too", () => {
    expect(parse('event: x\ndata: {"name":"a\\u202eb"}\n\n').events[0]?.data).toEqual({ name: "a\ufffdb" });
  });
});
