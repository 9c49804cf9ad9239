/** A supervisor's own telephone, and listening, whispering, barging in and taking over with it. */

import { ElMessageBox } from "element-plus";
import { ref, type Ref } from "vue";

import { ask } from "../shared/api";
import { session } from "../shared/session";
import type { Agent } from "./types";
import { failed, said } from "../ops/tell";

export type Mode = "listen" | "whisper" | "barge" | "take";

export const MODES: readonly { mode: Mode; label: string; hint: string }[] = [
  { mode: "listen", label: "监听", hint: "只听，双方都听不到您" },
  { mode: "whisper", label: "耳语", hint: "只有坐席听得到您" },
  { mode: "barge", label: "插话", hint: "三方都能听到您" },
  { mode: "take", label: "接管", hint: "您接替坐席与市民通话，坐席退出" },
];

const KEPT = "hotline.floor.telephone";

/** Those whose telephone may supervise: the own one when the person has it, else every supervisor's. */
export function telephones(agents: readonly Agent[], own: string | null): Agent[] {
  const all = agents.filter((agent) => agent.role === "supervisor");
  const mine = all.filter((agent) => agent.agent === own);
  return mine.length > 0 ? mine : all;
}

/** Why a call cannot be supervised with a telephone, "" when it can. */
export function hindrance(me: Agent | undefined, target: Agent | undefined): string {
  if (!me) return "请先选择您的话机";
  if (!target || target.call === null) return "该坐席没有与市民通话";
  if (target.agent === me.agent) return "这是您自己的通话";
  if (me.state === "unreachable") return "您的话机未注册";
  if (me.state === "talking" || me.state === "held" || me.state === "ringing") return "您的话机正在使用";
  return "";
}

/** The chosen telephone, kept in this browser window. */
export function chosenTelephone(): Ref<string> {
  return ref(session.who?.agent ?? sessionStorage.getItem(KEPT) ?? "");
}

export function keepTelephone(number: string): void {
  sessionStorage.setItem(KEPT, number);
}

/** Have the service ring the supervisor's telephone; tells the person what comes of it. */
export async function supervise(call: string, supervisor: string, mode: Mode, agent: string): Promise<void> {
  const chosen = MODES.find((one) => one.mode === mode);
  if (mode === "take") {
    try {
      await ElMessageBox.confirm(`接管后 ${agent} 退出通话，由您与市民继续。`, "接管通话", {
        confirmButtonText: "接管", cancelButtonText: "取消", type: "warning",
      });
    } catch {
      return;
    }
  }
  try {
    await ask("POST", `/api/v1/calls/${encodeURIComponent(call)}/supervise`, { body: { supervisor, mode } });
    said(`${chosen?.label ?? mode}：正在呼叫您的话机 ${supervisor}，请接听`);
  } catch (error) {
    failed(error);
  }
}
