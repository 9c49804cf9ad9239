import { describe, expect, it } from "vitest";

import { Problem } from "../shared/api";
import { wording } from "./wording";

describe("a sign-in that failed", () => {
  it("does not tell whether the name or the password was wrong", () => {
    const unknown = new Problem(401, { type: "urn:hotline:access.wrong", detail: "no such user 'li'" });
    expect(wording(unknown, "password")).toBe("用户名或密码不正确，请核对后重试");
    expect(wording(unknown, "token")).toBe("令牌不正确，请核对后重试");
  });

  it("tells how long the door stays shut", () => {
    expect(wording(new Problem(429, { seconds: 61 }), "password")).toBe("失败次数过多，请 2 分钟后再试");
    expect(wording(new Problem(429, {}), "password")).toBe("失败次数过多，请稍后再试");
  });

  it("tells a lost network from a refusal", () => {
    expect(wording(new Problem(0, {}), "password")).toBe("连接不到服务，请检查网络后重试");
    expect(wording(new TypeError("x"), "password")).toBe("登录未能完成，请刷新页面后重试");
  });
});
