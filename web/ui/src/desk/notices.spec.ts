import { describe, expect, it } from "vitest";

import type { PhoneStatus } from "../shared/phone";
import { noticeOf, type Seen } from "./notices";
import type { DeskState } from "./types";

const phone: PhoneStatus = { link: "registered", reason: "", microphone: "ok", call: null, soundBlocked: false };
const told = {
  state: "ready",
  phone: { kind: "browser", state: "free", tab: "mine" },
  call: null,
} as unknown as DeskState;

function seen(more: Partial<Seen> = {}): Seen {
  return { told, link: "live", status: 200, phone, tab: "mine", problem: "", ...more };
}

const talk = (state: string) => ({ ...told, call: { state } }) as unknown as DeskState;

describe("noticeOf", () => {
  it("is calm while all is well, and before anything is known", () => {
    expect(noticeOf(seen()).tone).toBe("calm");
    expect(noticeOf(seen({ told: null, link: "loading" })).tone).toBe("calm");
  });

  it("says that the talk goes on when the service is lost", () => {
    for (const link of ["lost", "old"] as const) {
      expect(noticeOf(seen({ link, told: talk("talking") })).text).toContain("通话和录音不受影响");
      expect(noticeOf(seen({ link })).text).toContain("照常接听");
    }
  });

  it("says why the page is refused", () => {
    expect(noticeOf(seen({ link: "refused", status: 401 })).text).toContain("重新登录");
    expect(noticeOf(seen({ link: "refused", status: 403 })).text).toContain("没有坐席号");
  });

  it("says that the citizen waits when the phone was lost in mid-call, before anything else of the phone", () => {
    const lost = noticeOf(seen({ told: talk("lost"), phone: { ...phone, link: "lost" } }));
    expect(lost).toMatchObject({ tone: "alarm", act: { name: "resume" } });
    expect(lost.text).toContain("市民没有掉线");
  });

  it("offers what mends the phone", () => {
    expect(noticeOf(seen({ phone: { ...phone, link: "lost" } })).act?.name).toBe("phone");
    expect(noticeOf(seen({ phone: { ...phone, link: "failed", reason: "403" } })).text).toContain("403");
    expect(noticeOf(seen({ phone: { ...phone, link: "elsewhere" } })).act?.name).toBe("take");
    const other = { ...told, phone: { ...told.phone, tab: "other" } };
    expect(noticeOf(seen({ told: other })).act?.name).toBe("take");
    const away = { ...told, phone: { kind: "sip", state: "away", tab: null } } as DeskState;
    expect(noticeOf(seen({ told: away })).text).toContain("桌面话机不在线");
  });

  it("says who cannot hear whom", () => {
    expect(noticeOf(seen({ phone: { ...phone, microphone: "denied" } })).text).toContain("市民听不到您");
    expect(noticeOf(seen({ phone: { ...phone, microphone: "none" } })).text).toContain("耳麦");
    expect(noticeOf(seen({ phone: { ...phone, soundBlocked: true } })).act?.name).toBe("sound");
  });

  it("says nothing of the phone of an agent whose desk is only looked at", () => {
    const watched = seen({ watching: true, phone: { ...phone, link: "off", microphone: "none" } });
    expect(noticeOf({ ...watched, told: { ...told, phone: { ...told.phone, tab: "other" } } }).tone).toBe("calm");
    expect(noticeOf({ ...watched, link: "lost" }).text).toContain("服务连接");
  });

  it("asks nothing of the phone of who is not signed in", () => {
    const out = { ...told, state: "signed_out" } as DeskState;
    expect(noticeOf(seen({ told: out, phone: { ...phone, link: "failed", microphone: "none" } })).tone).toBe("calm");
  });

  it("says what a telephone on the desk must do itself", () => {
    const sip = { kind: "sip", state: "in_use", tab: null };
    const at = (call: object) => noticeOf(seen({ told: { ...talk("talking"), phone: sip, call } as unknown as DeskState }));
    expect(at({ state: "ringing" })).toMatchObject({ tone: "calm", text: expect.stringContaining("在桌面话机上接听") });
    expect(at({ state: "talking" }).text).toContain("保持键");
    expect(at({ state: "talking", consulting: { to: "1002", label: "李强" } }).text).toBe("");
    expect(at({ state: "lost" })).toMatchObject({ tone: "alarm", act: null });
  });

  it("tells what went wrong last", () => {
    expect(noticeOf(seen({ problem: "转接没有成功" }))).toMatchObject({ tone: "warn", text: "转接没有成功" });
    const both = noticeOf(seen({ problem: "已用按键 *110 接入", link: "lost" }));
    expect(both).toMatchObject({ tone: "alarm", text: "已用按键 *110 接入" });
  });
});
