/** The desk of the page: the service's stream, the phone, the clock, and what the agent does with them. */

import { computed, onScopeDispose, ref, shallowRef, type Ref } from "vue";

import { ask } from "../shared/api";
import { DeskPhone, type DeskSeen, type PhoneAccount, type PhoneStatus } from "../shared/phone";
import { follow } from "../shared/stream";
import { tabName } from "../shared/tab";
import { UNKNOWN, canDo, deskAfter } from "./desk";
import { problemWords } from "./problems";
import type { TransferTarget } from "./types";

const TICK_MS = 500;
const TOLD_MS = 12_000;
/** So long an emergency line waits for the service before the phone's keys call it in; called twice, it comes once. */
const PATIENCE_MS = 5000;
const AWAY_MS = 1500;
const KEY_TRIES = 40;
const TAKE_BACK_KEY = "*1";
const KEY_PAUSE_MS = 250;

const NO_PHONE: PhoneStatus = { link: "off", reason: "", microphone: "unknown", call: null, soundBlocked: false };

/** Let a page be the desk of an agent; `named` is set where the person is no agent and has named one. */
export function useDesk(named: string) {
  const desk = shallowRef(UNKNOWN);
  const phone = shallowRef<PhoneStatus>(NO_PHONE);
  const local = ref(Date.now());
  const problem = ref("");
  const tab = tabName();
  const query = { agent: named || undefined };
  let clear: ReturnType<typeof setTimeout> | undefined;

  const command = <T>(name: string, body?: unknown) => ask<T>("POST", `/api/v1/desk/${name}`, { body, query });

  const device = new DeskPhone({
    tab,
    account: (take) => command<PhoneAccount>("phone", { tab, take }),
    resume: () => command("resume", { tab }),
    look: () => ask<DeskSeen>("GET", "/api/v1/desk", { query }),
    leaving: () => {
      const address = named ? `/api/v1/desk/leaving?agent=${encodeURIComponent(named)}` : "/api/v1/desk/leaving";
      const headers = { "Content-Type": "application/json", "X-Requested-With": "hotline" };
      void fetch(address, { method: "POST", keepalive: true, headers, body: JSON.stringify({ tab }) }).catch(() => undefined);
    },
    onChange: (status) => (phone.value = status),
  });

  let began = false;

  /** Who looks at another's desk leaves that agent's phone alone. */
  const mayPhone = () => !named && desk.value.told?.phone.kind === "browser";

  function take(name: string, data: unknown): void {
    desk.value = deskAfter(desk.value, name, data, Date.now());
    if (name === "phone") device.do(String((data as { do?: string }).do ?? ""));
    if (name !== "desk" || desk.value.told === null) return;
    const { told } = desk.value;
    if (!named) device.follow(told);
    if (mayPhone() && !began && told.state !== "signed_out") {
      began = true;
      void device.start();
    }
  }

  const path = named ? `/api/v1/desk/stream?tab=${tab}&agent=${encodeURIComponent(named)}` : `/api/v1/desk/stream?tab=${tab}`;
  const following = follow(path, (event) => take(event.name, event.data));
  const ticking = setInterval(() => (local.value = Date.now()), TICK_MS);

  onScopeDispose(() => {
    clearInterval(ticking);
    clearTimeout(clear);
    following.close();
    device.stop();
  });

  function say(text: string): void {
    problem.value = text;
    clearTimeout(clear);
    if (text) clear = setTimeout(() => (problem.value = ""), TOLD_MS);
  }

  /** Do something; what goes wrong is said, and tells the caller by `false`. */
  async function tried(doing: string, act: () => Promise<unknown>): Promise<boolean> {
    try {
      const answer = await act();
      if (answer && typeof answer === "object" && "agent" in answer && "phone" in answer) take("desk", answer);
      say("");
      return true;
    } catch (error) {
      say(problemWords(doing, error));
      return false;
    }
  }

  const can = computed(() => canDo(desk.value, phone.value.call));
  const isHere = computed(() => phone.value.call !== null);
  const call = computed(() => desk.value.told?.call ?? null);
  const isMuted = computed(() => (call.value?.muted ?? false) || (phone.value.call?.muted ?? false));
  const isHeld = computed(() => call.value?.state === "held" || (phone.value.call?.held ?? false));
  const isServiceAway = computed(() => following.state.value === "lost" || following.state.value === "old");

  async function mute(): Promise<void> {
    const on = !isMuted.value;
    if (isHere.value) device.mute(on);
    if (!isHere.value || (call.value?.muted && !on)) {
      await tried(on ? "静音" : "取消静音", () => command("mute", { on }));
    }
  }

  async function hold(): Promise<void> {
    if (call.value?.consulting) return takeBack();
    const on = !isHeld.value;
    if (isHere.value) device.hold(on);
    else await tried(on ? "保持" : "取回", () => command("hold", { on }));
  }

  /** Back to the citizen from whom is asked before a transfer; the switch knows a key for it, too. */
  async function takeBack(): Promise<void> {
    if (isServiceAway.value && (await pressed(TAKE_BACK_KEY))) return;
    await tried("取回市民", () => command("take-back"));
  }

  async function answer(): Promise<void> {
    if (phone.value.call?.state === "ringing") device.answer();
    else await tried("接听", () => command("answer"));
  }

  async function hangup(): Promise<void> {
    if (isHere.value) device.hangup();
    else await tried("挂断", () => command("hangup"));
  }

  async function signIn(): Promise<void> {
    if (mayPhone() && !began) {
      began = true;
      await device.start();
    }
    await tried("签入", () => command("sign-in"));
  }

  /** Press keys on the phone; a browser takes none before its sound has come up, a moment after the answer. */
  async function pressed(keys: string): Promise<boolean> {
    for (let tries = 0; tries < KEY_TRIES && phone.value.call !== null; tries += 1) {
      try {
        if (phone.value.call.state === "talking") {
          device.dtmf(keys);
          return true;
        }
      } catch {
        // not yet
      }
      await new Promise((resume) => setTimeout(resume, KEY_PAUSE_MS));
    }
    return false;
  }

  /** With the service away the switch still knows the keys. */
  async function callLine(target: string, key: string, label: string, reason = "", mode = "direct"): Promise<boolean> {
    const path = `/api/v1/calls/${encodeURIComponent(desk.value.shown)}/three-way`;
    const agent = desk.value.told?.agent ?? "";
    try {
      const signal = AbortSignal.timeout(isServiceAway.value ? AWAY_MS : PATIENCE_MS);
      await ask("POST", path, { body: { target, mode, reason, agent }, signal });
      say("");
      return true;
    } catch (error) {
      const away = (error as { status?: number }).status === 0;
      if (away && (await pressed(key))) {
        say(`服务连接已断开：已用按键 ${key} 请交换机接入 ${label}`);
        return true;
      }
      say(problemWords(`接入${label}`, error));
      return false;
    }
  }

  const line = (what: string) => `/api/v1/calls/${encodeURIComponent(desk.value.shown)}/three-way${what}`;

  return {
    desk,
    phone,
    link: following.state,
    status: following.status,
    isServiceAway,
    /** The service's clock, ms. */
    now: computed(() => local.value + desk.value.offsetMs) as Readonly<Ref<number>>,
    problem,
    say,
    can,
    isMuted,
    isHeld,
    isHere,
    answer,
    hangup,
    mute,
    hold,
    signIn,
    signOut: () => tried("签出", () => command("sign-out")),
    ready: () => tried("就绪", () => command("ready")),
    pause: (reason: string) => tried("暂停", () => command("pause", { reason })),
    resume: () => tried("接回通话", () => command("resume", { tab })),
    transfer: (to: string, mode: string) => tried("转接", () => command("transfer", { to, mode })),
    targets: () => ask<{ targets: TransferTarget[] }>("GET", "/api/v1/desk/targets", { query }),
    callLine,
    dropLine: (id: string) =>
      tried("撤下第三方", () => ask("DELETE", line(`/${id}`), { query: { agent: desk.value.told?.agent } })),
    joinLine: () => tried("请市民加入", () => ask("POST", line("/join"), { body: { agent: desk.value.told?.agent } })),
    startPhone: (take: boolean) => {
      began = true;
      return device.start(take);
    },
    unblock: () => device.unblock(),
  };
}

export type DeskInUse = ReturnType<typeof useDesk>;
