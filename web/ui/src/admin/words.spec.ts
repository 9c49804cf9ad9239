import { describe, expect, it } from "vitest";

import { moment, newPassword, resultName, stateOf, subjectName, tokenState } from "./words";

const NOW = Date.parse("2026-11-22T12:00:00Z");

describe("what administration says", () => {
  it("names a user's state: what shuts the door comes first", () => {
    const user = { disabled_at: null, locked_until: null, sessions: 0 };
    expect(stateOf(user, NOW)).toBe("未登录");
    expect(stateOf({ ...user, sessions: 2 }, NOW)).toBe("在线");
    expect(stateOf({ ...user, sessions: 2, locked_until: "2026-11-22T12:00:01Z" }, NOW)).toBe("已锁定");
    expect(stateOf({ ...user, locked_until: "2026-11-22T12:00:00Z" }, NOW)).toBe("未登录");
    expect(stateOf({ ...user, sessions: 1, disabled_at: "2026-11-01T00:00:00Z" }, NOW)).toBe("已停用");
  });

  it("names a token's state", () => {
    expect(tokenState({ revoked_at: null, expires_at: "2026-11-22T12:00:01Z" }, NOW)).toBe("有效");
    expect(tokenState({ revoked_at: null, expires_at: "2026-11-22T12:00:00Z" }, NOW)).toBe("已过期");
    expect(tokenState({ revoked_at: "2026-11-01T00:00:00Z", expires_at: "2027-01-01T00:00:00Z" }, NOW)).toBe("已吊销");
  });

  it("names what the log knows, and shows the rest as it stands there", () => {
    expect(subjectName("call/node1-1.2/caller")).toBe("通话 node1-1.2/caller");
    expect(subjectName("quiet-list")).toBe("quiet-list");
    expect(subjectName("constructor/x")).toBe("constructor/x");
    expect([resultName("ok"), resultName("oidc")]).toEqual(["完成", "oidc"]);
  });

  it("shows nothing for no moment", () => {
    expect([moment(null), moment(""), moment("soon")]).toEqual(["—", "—", "—"]);
    expect(moment("2026-11-22T04:05:06Z")).toBe("2026-11-22 12:05:06");
  });

  it("makes passwords of even chance: bytes that would favour some signs are thrown away", () => {
    let calls = 0;
    const password = newPassword((count) => {
      calls += 1;
      return new Uint8Array(count).fill(calls === 1 ? 255 : calls);
    });
    expect(calls).toBe(2);
    expect(password).toBe("C".repeat(16));
    expect(newPassword()).not.toBe(newPassword());
    expect(newPassword()).toMatch(/^[A-HJ-NP-Za-km-z2-9]{16}$/);
  });
});
