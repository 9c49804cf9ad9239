/** The one line above the call: what is wrong and what the agent can do, the worst first. Pure. */

import type { PhoneStatus } from "../shared/phone";
import type { StreamState } from "../shared/stream";
import type { DeskState } from "./types";

export interface Notice {
  tone: "alarm" | "warn" | "calm";
  text: string;
  act: { name: "resume" | "take" | "phone" | "sound"; label: string } | null;
}

export interface Seen {
  told: DeskState | null;
  link: StreamState;
  status: number | null;
  phone: PhoneStatus;
  tab: string;
  problem: string;
  /** Who looks at another's desk has no phone here. */
  watching?: boolean;
}

const CALM: Notice = { tone: "calm", text: "", act: null };

/** Return what is to be said now. */
export function noticeOf(seen: Seen): Notice {
  return ofService(seen) ?? ofPhone(seen) ?? ofTrouble(seen) ?? ofSound(seen) ?? ofDeskPhone(seen) ?? CALM;
}

function ofService({ link, status, told, phone, problem }: Seen): Notice | null {
  if (link === "refused") {
    const text = status === 401 ? "登录已失效，请重新登录；通话不受影响" : "您没有坐席号，不能打开工作台";
    return { tone: "alarm", text, act: null };
  }
  if (link !== "lost" && link !== "old") return null;
  if (problem) return { tone: "alarm", text: problem, act: null };
  if (phone.call || told?.call) {
    const text = "服务连接已断开，正在重连。通话和录音不受影响：可以继续交谈、挂断，紧急热线按钮改用按键接入";
    return { tone: "alarm", text, act: null };
  }
  return { tone: "alarm", text: "服务连接已断开，正在重连。来电仍会振铃，可以照常接听", act: null };
}

function ofPhone({ told, phone, tab, watching }: Seen): Notice | null {
  if (!told || watching || told.state === "signed_out") return null;
  if (told.call?.state === "lost") {
    const text = "话机断开，市民没有掉线，正在听音乐。话机恢复后自动接回";
    const act = told.phone.kind === "sip" ? null : { name: "resume" as const, label: "现在接回" };
    return { tone: "alarm", text, act };
  }
  if (told.phone.kind === "sip") {
    return told.phone.state === "away" ? { tone: "alarm", text: "桌面话机不在线，来电不会振铃，请检查话机", act: null } : null;
  }
  const isElsewhere = phone.link === "elsewhere" || (told.phone.tab !== null && told.phone.tab !== tab);
  if (isElsewhere) {
    return { tone: "warn", text: "话机正在另一个窗口使用", act: { name: "take", label: "改在这里使用" } };
  }
  if (phone.link === "lost") return { tone: "alarm", text: "话机连接已断开，正在重连；期间来电不会振铃", act: { name: "phone", label: "立即重连" } };
  if (phone.link === "failed") {
    const why = phone.reason ? `（${phone.reason}）` : "";
    return { tone: "alarm", text: `话机没有注册成功${why}，来电不会振铃`, act: { name: "phone", label: "重试" } };
  }
  return null;
}

/** What only the telephone itself can do: the switch has no way to press its keys (docs/adr/0186). */
function ofDeskPhone({ told, watching }: Seen): Notice | null {
  if (!told?.call || watching || told.phone.kind !== "sip") return null;
  const { state, consulting } = told.call;
  if (state === "ringing") return { ...CALM, text: "请在桌面话机上接听：拿起听筒或按接听键" };
  if (consulting || (state !== "talking" && state !== "held")) return null;
  return { ...CALM, text: "保持、取回请按桌面话机的保持键；静音、转接、接入第三方、挂断可以在这里操作" };
}

function ofTrouble({ problem }: Seen): Notice | null {
  return problem ? { tone: "warn", text: problem, act: null } : null;
}

function ofSound({ told, phone, watching }: Seen): Notice | null {
  if (watching) return null;
  if (phone.soundBlocked) {
    return { tone: "alarm", text: "浏览器没有播放声音：您听不到市民", act: { name: "sound", label: "打开声音" } };
  }
  if (told?.phone.kind !== "browser" || told.state === "signed_out") return null;
  if (phone.microphone === "denied") return { tone: "alarm", text: "浏览器没有允许使用麦克风，市民听不到您：请在地址栏允许麦克风", act: { name: "phone", label: "再试" } };
  if (phone.microphone === "none") return { tone: "alarm", text: "没有找到麦克风，市民听不到您：请插好耳麦", act: { name: "phone", label: "再试" } };
  return null;
}
