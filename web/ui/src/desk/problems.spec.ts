import { describe, expect, it } from "vitest";

import { isPassing, problemWords } from "./problems";

describe("what is said of a failure", () => {
  it("is in the agent's words where it is known", () => {
    expect(problemWords("接入 110", { id: "three_way.already", status: 409, message: "x" })).toBe(
      "接入 110：这条线路已在通话中或正在呼叫",
    );
  });

  it("says that the talk goes on when the service is away", () => {
    expect(problemWords("静音", { status: 0 })).toContain("通话不受影响");
    expect(problemWords("静音", { status: 503 })).toContain("再试");
  });

  it("tells what it was told of anything else", () => {
    expect(problemWords("转接", { status: 422, message: "提交的内容有误" })).toBe("转接没有成功。提交的内容有误");
    expect(problemWords("转接", null)).toBe("转接没有成功");
  });
});

describe("isPassing", () => {
  it("is what may be better in a moment", () => {
    expect([0, 404, 409, 429, 500, 503].map((status) => isPassing({ status }))).not.toContain(false);
    expect([400, 401, 403, 422].map((status) => isPassing({ status }))).not.toContain(true);
  });
});
