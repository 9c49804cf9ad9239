// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DeskPhone, ELSEWHERE, type DeskSeen, type PhoneStatus } from "./phone";
import { FakeLine, FakeSession, FakeSound } from "./phone_fakes";

const ACCOUNT = { agent: "1001", url: "ws://x/ws", uri: "sip:1001@x", user: "1001", password: "p", register_s: 300 };

class Scene {
  lines: FakeLine[] = [];
  sound = new FakeSound();
  resumed = 0;
  left = 0;
  clock = 0;
  refusal: unknown = null;
  takes: boolean[] = [];
  seen: PhoneStatus[] = [];
  now: DeskSeen | null = null;

  phone = new DeskPhone({
    tab: "window-1",
    account: async (take) => {
      this.takes.push(take);
      if (this.refusal !== null) throw this.refusal;
      return ACCOUNT;
    },
    resume: async () => {
      this.resumed += 1;
    },
    look: async () => {
      if (this.now === null) throw new Error("the service is away");
      return this.now;
    },
    leaving: () => (this.left += 1),
    onChange: (status) => this.seen.push(status),
    makeLine: () => {
      const line = new FakeLine();
      this.lines.push(line);
      return line;
    },
    sound: this.sound,
    now: () => this.clock,
  });

  get line(): FakeLine {
    return this.lines.at(-1)!;
  }

  async registered(): Promise<this> {
    await this.phone.start();
    this.line.tell("registered");
    return this;
  }

  rings(header?: string): FakeSession {
    const session = new FakeSession();
    const request = { getHeader: (name: string) => (name === "X-Hotline-Resume" ? header : undefined) };
    this.line.tell("newRTCSession", { originator: "remote", session, request });
    return session;
  }

  pass(ms: number): void {
    this.clock += ms;
    vi.advanceTimersByTime(ms);
  }
}

function desk(state: "ringing" | "talking" | "lost" | null, phone: "free" | "in_use" | "ringing" | "away" = "in_use", tab: string | null = "window-1"): DeskSeen {
  return { phone: { state: phone, tab }, call: state === null ? null : { call: "c", leg: "l", state } };
}

let scene: Scene;

beforeEach(() => {
  vi.useFakeTimers();
  scene = new Scene();
});
afterEach(() => vi.useRealTimers());

describe("line", () => {
  it("tells how it is, from the first try to a loss and back", async () => {
    await scene.phone.start();
    expect(scene.phone.status.link).toBe("connecting");
    scene.line.tell("registered");
    expect(scene.phone.status).toMatchObject({ link: "registered", microphone: "ok" });
    scene.line.tell("disconnected");
    scene.line.tell("connecting");
    expect(scene.phone.status.link).toBe("lost");
    scene.line.tell("registered");
    expect(scene.phone.status.link).toBe("registered");
    expect(scene.lines).toHaveLength(1);
  });

  it("says why it was refused", async () => {
    scene.refusal = Object.assign(new Error("taken"), { id: ELSEWHERE });
    await scene.phone.start();
    expect(scene.phone.status).toMatchObject({ link: "elsewhere", reason: "taken" });
    scene.refusal = new Error("no service");
    await scene.phone.start(true);
    expect(scene.phone.status).toMatchObject({ link: "failed", reason: "no service" });
    expect(scene.takes).toEqual([false, true]);
  });

  it("is begun anew when the switch has not asked for long, and not while it asks", async () => {
    await scene.registered();
    for (let n = 0; n < 6; n += 1) {
      scene.pass(5000);
      scene.line.tell("newOptions");
    }
    expect(scene.line.done).not.toContain("revive");
    scene.pass(16_000);
    expect(scene.line.done).toContain("revive");
  });

  it("tries again after a refusal, but not while another window has the phone", async () => {
    scene.refusal = new Error("no service");
    await scene.phone.start();
    scene.refusal = Object.assign(new Error("taken"), { id: ELSEWHERE });
    scene.pass(13_000);
    await Promise.resolve();
    scene.pass(30_000);
    await Promise.resolve();
    expect(scene.takes).toEqual([false, false]);
  });

  it("works without a microphone, and takes one that is plugged in", async () => {
    scene.sound.microphone = "none";
    await scene.registered();
    expect(scene.phone.status.microphone).toBe("none");
    scene.sound.microphone = "ok";
    scene.sound.devices();
    await vi.runOnlyPendingTimersAsync();
    expect(scene.phone.status.microphone).toBe("ok");
  });
});

describe("a call", () => {
  it("rings, is answered, muted, held and ended", async () => {
    await scene.registered();
    const session = scene.rings();
    expect(scene.phone.status.call).toMatchObject({ state: "ringing", resumed: false });
    expect(session.done).toEqual([]);
    scene.phone.answer();
    scene.phone.answer();
    expect(session.done).toEqual(["answer"]);
    scene.phone.mute(true);
    scene.phone.hold(true);
    expect(scene.phone.status.call).toMatchObject({ state: "talking", muted: true, held: true });
    scene.phone.mute(false);
    scene.phone.hold(false);
    scene.phone.dtmf("*110");
    scene.phone.hangup();
    expect(session.done).toEqual(["answer", "keys *110", "terminate"]);
    expect(scene.phone.status.call).toBeNull();
  });

  it("does what the API asks for", async () => {
    await scene.registered();
    const session = scene.rings();
    scene.phone.do("answer");
    scene.phone.do("mute");
    scene.phone.do("nonsense");
    expect(session.done).toEqual(["answer"]);
    expect(scene.phone.status.call?.muted).toBe(true);
  });

  it("is refused while another goes on", async () => {
    await scene.registered();
    const first = scene.rings();
    scene.phone.answer();
    expect(scene.rings().done).toEqual(["terminate 486"]);
    expect(first.ended).toBe(false);
  });

  it("that the switch calls back is answered by itself, and takes the place of the dead one", async () => {
    await scene.registered();
    const dead = scene.rings();
    scene.phone.answer();
    const back = scene.rings("c");
    expect(back.done).toEqual(["answer"]);
    expect(dead.done).toEqual(["answer"]);
    expect(scene.phone.status.call).toMatchObject({ state: "talking", resumed: true });
  });

  it("stays muted over a reload, and the next citizen hears the agent again", async () => {
    await scene.registered();
    const first = scene.rings();
    scene.phone.answer();
    scene.phone.mute(true);
    first.tell("ended");

    scene = new Scene();
    await scene.registered();
    scene.rings("node1-1.1");
    expect(scene.phone.status.call).toMatchObject({ muted: true, resumed: true });
    expect(scene.sound.track.enabled).toBe(false);

    scene.phone.hangup();
    scene.rings();
    scene.phone.answer();
    expect(scene.phone.status.call).toMatchObject({ muted: false });
    expect(scene.sound.track.enabled).toBe(true);
  });

  it("whose sound the browser holds back asks for a click", async () => {
    await scene.registered();
    scene.sound.blocked = true;
    const session = scene.rings();
    const listeners: ((event: unknown) => void)[] = [];
    const peerconnection = { addEventListener: (_: string, tell: (event: unknown) => void) => listeners.push(tell) };
    session.tell("peerconnection", { peerconnection });
    listeners[0]!({ track: {}, streams: [{}] });
    await vi.runOnlyPendingTimersAsync();
    expect(scene.phone.status.soundBlocked).toBe(true);
    scene.sound.blocked = false;
    await scene.phone.unblock();
    expect(scene.phone.status.soundBlocked).toBe(false);
  });
});

describe("what the switch says of the desk", () => {
  it("brings a call back that makes no sound here, once", async () => {
    await scene.registered();
    scene.phone.follow(desk("talking"));
    expect(scene.resumed).toBe(0);
    scene.pass(2000);
    expect(scene.resumed).toBe(1);
    scene.phone.follow(desk("talking"));
    scene.pass(5000);
    expect(scene.resumed).toBe(1);
  });

  it("is remembered until the phone is registered", async () => {
    await scene.phone.start();
    scene.phone.follow(desk("talking"));
    scene.pass(5000);
    expect(scene.resumed).toBe(0);
    scene.line.tell("registered");
    scene.pass(2000);
    expect(scene.resumed).toBe(1);
  });

  it("does not hasten a ring that is on its way", async () => {
    await scene.registered();
    scene.phone.follow(desk("ringing", "ringing"));
    scene.pass(300);
    scene.rings();
    scene.pass(5000);
    expect(scene.resumed).toBe(0);
  });

  it("leaves a call alone that the switch calls back by itself", async () => {
    await scene.registered();
    scene.phone.follow(desk("lost"));
    scene.pass(5000);
    expect(scene.resumed).toBe(0);
  });

  it("ends a call whose end never came, but not one that has just begun", async () => {
    await scene.registered();
    const session = scene.rings();
    scene.phone.answer();
    scene.phone.follow(desk(null, "free"));
    expect(session.ended).toBe(false);
    scene.pass(4000);
    scene.phone.follow(desk(null, "free"));
    expect(session.ended).toBe(true);
  });

  it("asks again when the last word of a short call came too early to be believed", async () => {
    await scene.registered();
    const session = scene.rings();
    scene.phone.answer();
    scene.phone.follow(desk(null, "free"));
    scene.pass(3001);
    await vi.runAllTicks();
    expect(session.ended).toBe(false);
    scene.now = desk(null, "free");
    scene.phone.follow(desk("talking"));
    expect(session.ended).toBe(false);
  });

  it("ends a short call whose end never came as soon as the desk says so again", async () => {
    await scene.registered();
    const session = scene.rings();
    scene.phone.answer();
    scene.now = desk(null, "free");
    scene.phone.follow(desk(null, "free"));
    scene.clock += 3001;
    await vi.advanceTimersByTimeAsync(3001);
    expect(session.ended).toBe(true);
  });

  it("never ends a call by an old word, when the line comes back with the service away", async () => {
    await scene.registered();
    scene.phone.follow(desk(null, "free"));
    const session = scene.rings();
    scene.phone.answer();
    scene.pass(60_000);
    scene.line.tell("disconnected");
    scene.line.tell("registered");
    scene.pass(60_000);
    expect(session.ended).toBe(false);
  });

  it("keeps a call between colleagues, of which the desk shows nothing", async () => {
    await scene.registered();
    const session = scene.rings();
    scene.phone.answer();
    scene.pass(60_000);
    scene.phone.follow(desk(null, "in_use"));
    expect(session.ended).toBe(false);
  });
});

describe("windows", () => {
  it("gives the phone away without hanging up", async () => {
    await scene.registered();
    const session = scene.rings();
    scene.phone.answer();
    scene.phone.follow(desk("talking", "in_use", "window-2"));
    expect(scene.phone.status.link).toBe("elsewhere");
    expect(session.ended).toBe(false);
    expect(scene.line.done).not.toContain("stop");
    session.terminate();
    expect(scene.line.done).toContain("stop");
    expect(scene.sound.closed).toBe(1);
  });

  it("takes the phone again after an older word said that it is elsewhere", async () => {
    await scene.registered();
    scene.phone.follow(desk(null, "free", "window-2"));
    expect(scene.phone.status.link).toBe("elsewhere");
    scene.phone.follow(desk(null, "free", "window-1"));
    await vi.runOnlyPendingTimersAsync();
    scene.line.tell("registered");
    expect(scene.phone.status.link).toBe("registered");
    expect(scene.lines).toHaveLength(2);
  });

  it("that was refused does not ask again by itself", async () => {
    scene.refusal = Object.assign(new Error("taken"), { id: ELSEWHERE });
    await scene.phone.start();
    scene.phone.follow(desk(null, "free", "window-1"));
    expect(scene.takes).toEqual([false]);
  });

  it("tells that it goes away in mid-call, and only then", async () => {
    await scene.registered();
    dispatchEvent(new Event("pagehide"));
    expect(scene.left).toBe(0);
    scene.rings();
    dispatchEvent(new Event("pagehide"));
    expect(scene.left).toBe(1);
  });

  it("signs off with a hang-up when the agent leaves the desk", async () => {
    await scene.registered();
    const session = scene.rings();
    scene.phone.stop();
    expect(session.ended).toBe(true);
    expect(scene.line.done).toEqual(["start", "stop"]);
    expect(scene.phone.status.link).toBe("off");
  });
});
