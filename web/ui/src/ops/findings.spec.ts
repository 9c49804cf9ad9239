import { describe, expect, it } from "vitest";

import { finding } from "./findings";

describe("what the doctor says", () => {
  it("is told in Chinese with its values in their places", () => {
    expect(finding("41.5 GB free for /var/lib/hotline/recordings, about 258 hours of speech")).toBe("/var/lib/hotline/recordings 剩余 41.5 GB，约可存 258 小时录音");
    expect(finding("2026-11-22 12:00 in Asia/Urumqi")).toBe("2026-11-22 12:00，时区 Asia/Urumqi");
    expect(finding("")).toBe("");
  });

  it("is Chinese in its parts, too", () => {
    expect(finding("start it; until then the rules draft")).toBe("请启动它；在此之前由规则起草");
    expect(finding("web.port: TCP port 8345 on 127.0.0.1 cannot be used: Address already in use")).toBe("web.port：127.0.0.1 的 TCP 端口 8345 不能使用：地址已被占用");
    expect(finding("everybody signs in by the one [web] token; the access log is whole (its newest 12 entries)")).toBe("所有人共用 [web] 口令登录；访问日志完整（最新 12 条）");
    expect(finding("menu.yaml:12: R-IVR-3: there is no queue 'x'")).toBe("menu.yaml:12：R-IVR-3：没有名为“x”的队列");
    expect(finding("calls through trunk-a (6 lines); open from 2026-11-23 09:00")).toBe("经 trunk-a （6 条线路） 外呼；2026-11-23 09:00 起可以外呼");
  });

  it("keeps what it does not know, and takes no value for a form", () => {
    expect(finding("quite another thing")).toBe("quite another thing");
    expect(finding("/data/$1 can be written")).toBe("/data/$1 可写");
  });
});
