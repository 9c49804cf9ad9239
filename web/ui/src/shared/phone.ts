/**
 * The telephone in the browser: registers at the switch itself, answers, mutes, holds, and comes back.
 *
 * The switch keeps the citizen's call whatever happens here: a page that is loaded anew is called again by the
 * switch (`X-Hotline-Resume`) and answers that call by itself. The service is needed for the account and for
 * coming back at once, not for a call in progress.
 */

import { keepMuted, wasMuted } from "./muted";
import type { Incoming, Line, MakeLine, Session } from "./phone_parts";
import { lineOf } from "./phone_parts";
import { BrowserSound, type Microphone, type Sound, type Voice } from "./sound";

/** As `PhoneAccount` of web/desk_state.py. */
export interface PhoneAccount {
  agent: string;
  url: string;
  uri: string;
  user: string;
  password: string;
  register_s: number;
}

/** What the phone reads of a `DeskState`. */
export interface DeskSeen {
  phone: { state: "away" | "free" | "ringing" | "in_use"; tab: string | null };
  call: { call: string; leg: string; state: "ringing" | "talking" | "held" | "lost" | "over" } | null;
}

export type Link = "off" | "connecting" | "registered" | "lost" | "failed" | "elsewhere";

export interface PhoneCall {
  state: "ringing" | "talking";
  /** The switch called again after this window, or its network, was away. */
  resumed: boolean;
  muted: boolean;
  held: boolean;
}

export interface PhoneStatus {
  link: Link;
  /** Why, in the words of whoever told it. */
  reason: string;
  microphone: Microphone;
  call: PhoneCall | null;
  /** The browser plays nothing before the page was clicked once: `unblock` from a click. */
  soundBlocked: boolean;
}

export interface PhoneOptions {
  tab: string;
  /** Ask for the account; `take`: also when another window has the phone. Throws when it is refused. */
  account: (take: boolean) => Promise<PhoneAccount>;
  /** `POST /api/v1/desk/resume`: this window has no sound of the call that the switch says is here. */
  resume: () => Promise<unknown>;
  /** `GET /api/v1/desk`: what the switch says of this desk now. */
  look: () => Promise<DeskSeen>;
  /** `POST /api/v1/desk/leaving` with `keepalive`: the window goes away in mid-call. */
  leaving: () => void;
  onChange: (status: PhoneStatus) => void;
  makeLine?: MakeLine;
  sound?: Sound;
  now?: () => number;
}

/** What a refusal because of another window is called. */
export const ELSEWHERE = "desk.phone_elsewhere";
/** So long after its beginning a call that the switch does not know is believed to be new rather than over. */
const GRACE_MS = 3000;
/** After a refusal the line is begun anew by itself. */
const RETRY_MS = 10_000;
/** So long a call of the desk may be without a sound here: the desk knows of a ring before the phone does. */
const MISSING_MS = 1500;
/** The switch asks each phone every 5 s whether it is there: without that for so long the line is dead. */
const SILENT_MS = 13_000;

export class DeskPhone {
  status: PhoneStatus = { link: "off", reason: "", microphone: "unknown", call: null, soundBlocked: false };

  private readonly makeLine: MakeLine;
  private readonly sound: Sound;
  private readonly now: () => number;
  private line: Line | null = null;
  private session: Session | null = null;
  private sessionAt = 0;
  private voice: Voice | null = null;
  private remote: MediaStream | null = null;
  private askedFor = "";
  private missing: { leg: string; at: number } | null = null;
  private seen: DeskSeen | null = null;
  private wanted = false;
  private ending = false;
  private askedAt = 0;
  private failedAt = 0;
  /** The service gave the phone to this window last. */
  private claimed = false;
  private watching: AbortController | null = null;

  constructor(private readonly options: PhoneOptions) {
    this.makeLine = options.makeLine ?? lineOf;
    this.sound = options.sound ?? new BrowserSound();
    this.now = options.now ?? (() => performance.now());
    this.sound.onDevices(() => void this.openVoice());
  }

  /** Register; `take` the phone from another window. Again after `elsewhere` or `failed` is fine. */
  async start(take = false): Promise<void> {
    this.stopLine();
    this.watch();
    this.wanted = true;
    this.ending = false;
    this.change({ link: "connecting", reason: "" });
    let account: PhoneAccount;
    try {
      account = await this.options.account(take);
      this.claimed = true;
    } catch (error) {
      this.claimed = false;
      const elsewhere = (error as { id?: string }).id === ELSEWHERE;
      this.change({ link: elsewhere ? "elsewhere" : "failed", reason: (error as Error).message });
      return;
    }
    await this.openVoice();
    if (!this.wanted) return;
    const line = this.makeLine(account);
    this.line = line;
    line.on("connecting", () => this.linked(line, this.status.link === "lost" ? "lost" : "connecting"));
    line.on("connected", () => this.linked(line, "connecting"));
    line.on("registered", () => {
      this.askedAt = this.now();
      this.linked(line, "registered");
      // What the desk said before is all that it says until something changes.
      this.seekAgain();
    });
    line.on("newOptions", () => (this.askedAt = this.now()));
    line.on("disconnected", () => this.linked(line, "lost"));
    line.on("registrationFailed", (event: { cause?: string }) => this.linked(line, "failed", event.cause ?? ""));
    line.on("newRTCSession", (event: Incoming) => this.called(line, event));
    line.start();
  }

  /** Sign the phone off; a call in progress is hung up. */
  stop(): void {
    this.wanted = false;
    this.watching?.abort();
    this.watching = null;
    this.end();
    this.leave();
    this.change({ link: "off", reason: "", microphone: "unknown" });
  }

  /** Another window has taken the phone. A call that is still here is ended by the switch, never by us. */
  yield(): void {
    this.wanted = false;
    this.change({ link: "elsewhere", reason: "" });
    this.ending = this.session !== null;
    if (!this.ending) this.leave();
  }

  answer(): void {
    const { session } = this;
    if (session === null || session.isEnded() || session.isEstablished() || this.voice === null) return;
    // The microphone is the same in every call: one that ended muted or on hold left it switched off.
    this.open(!wasMuted());
    // Candidates of this machine are enough: the switch learns where sound really comes from.
    session.answer({ mediaStream: this.voice.stream, pcConfig: { iceServers: [] } });
  }

  hangup(): void {
    this.end();
  }

  mute(on: boolean): void {
    keepMuted(on && this.session !== null);
    if (on) this.session?.mute({ audio: true });
    else this.session?.unmute({ audio: true });
  }

  hold(on: boolean): void {
    if (on) this.session?.hold();
    else this.session?.unhold();
  }

  /** Press keys in the call, such as `*110`: the switch knows them with the service dead, too. */
  dtmf(keys: string): void {
    this.session?.sendDTMF(keys, { transportType: "RFC2833", duration: 100, interToneGap: 70 });
  }

  /** Do what was asked for over the API (`phone` of the desk's stream). */
  do(what: string): void {
    if (what === "answer") this.answer();
    else if (what === "hold" || what === "unhold") this.hold(what === "hold");
    else if (what === "mute" || what === "unmute") this.mute(what === "mute");
  }

  /** Let the browser play; call it from a click. */
  async unblock(): Promise<void> {
    if (this.remote !== null) await this.play(this.remote);
  }

  /** Take in what the switch says of this desk: the one that knows whether there is a call. */
  follow(desk: DeskSeen): void {
    this.seen = desk;
    if (desk.phone.tab !== null && desk.phone.tab !== this.options.tab) {
      if (this.wanted && this.line !== null) this.yield();
      return;
    }
    // An older word of the desk may have come after the phone was given to this window.
    if (this.status.link === "elsewhere" && desk.phone.tab !== null && this.claimed) void this.start();
    if (this.status.link !== "registered") return;
    const over = desk.phone.state === "free" || desk.phone.state === "away";
    if (this.session !== null) {
      // The BYE of a call that ended while the line was lost never came.
      this.missing = null;
      if (!over || !this.session.isEstablished()) return;
      if (this.now() - this.sessionAt > GRACE_MS) this.end();
      else setTimeout(() => void this.lookAnew(), GRACE_MS);
      return;
    }
    this.seek(desk);
  }

  /** Have the switch call again when a call that is at this desk has made no sound here for a while. */
  private seek(desk: DeskSeen): void {
    const { call } = desk;
    if (call === null || call.state === "lost" || this.askedFor === call.leg) {
      this.missing = null;
      return;
    }
    if (this.missing?.leg !== call.leg) {
      this.missing = { leg: call.leg, at: this.now() };
      setTimeout(() => this.seekAgain(), MISSING_MS + 20);
    }
    if (this.now() - this.missing.at < MISSING_MS) return;
    this.missing = null;
    this.askedFor = call.leg;
    this.options.resume().catch(() => (this.askedFor = ""));
  }

  /** Look at the last word of the desk once more. It may be old: it never ends a call. */
  private seekAgain(): void {
    const { seen, session, status } = this;
    if (seen === null || session !== null || status.link !== "registered") return;
    if (seen.phone.tab === null || seen.phone.tab === this.options.tab) this.seek(seen);
  }

  /** The last word may be from before the call began, and no other may come: ask. Without an answer nothing ends. */
  private async lookAnew(): Promise<void> {
    const seen = await this.options.look().catch(() => null);
    if (seen !== null) this.follow(seen);
  }

  /** Follow what happens to the window and its network, until `stop`. */
  private watch(): void {
    if (this.watching !== null) return;
    const { signal } = (this.watching = new AbortController());
    const gone = () => {
      if (this.session !== null) this.options.leaving();
    };
    addEventListener("pagehide", gone, { signal });
    addEventListener("online", () => this.revive(), { signal });
    const asking = setInterval(() => {
      if (this.status.link === "registered" && this.now() - this.askedAt > SILENT_MS) this.revive();
      const refused = this.status.link === "failed" && this.session === null;
      if (refused && this.now() - this.failedAt > RETRY_MS) void this.start();
    }, 2000);
    signal.addEventListener("abort", () => clearInterval(asking));
  }

  private linked(line: Line, link: Link, reason = ""): void {
    if (this.line === line) this.change({ link, reason });
  }

  private called(line: Line, event: Incoming): void {
    if (this.line !== line || event.originator !== "remote") return;
    const resumed = event.request.getHeader("X-Hotline-Resume") !== undefined;
    if (this.session !== null && !resumed) {
      event.session.terminate({ status_code: 486 });
      return;
    }
    this.drop();
    if (!resumed) keepMuted(false);
    const { session } = event;
    this.session = session;
    this.sessionAt = this.now();
    this.change({ call: { state: "ringing", resumed, muted: false, held: false } });
    session.on("icecandidate", (candidate: { ready: () => void }) => candidate.ready());
    session.on("peerconnection", (event: { peerconnection: RTCPeerConnection }) => this.hear(session, event));
    session.on("accepted", () => {
      this.of(session, { state: "talking" });
      if (wasMuted()) session.mute({ audio: true });
    });
    session.on("confirmed", () => this.of(session, { state: "talking" }));
    session.on("muted", () => this.of(session, { muted: true }));
    session.on("unmuted", () => this.of(session, { muted: false }));
    session.on("hold", (event: { originator: string }) => this.held(session, event, true));
    session.on("unhold", (event: { originator: string }) => this.held(session, event, false));
    session.on("ended", () => this.over(session));
    session.on("failed", () => this.over(session));
    if (resumed) this.answer();
  }

  private held(session: Session, event: { originator: string }, held: boolean): void {
    if (event.originator === "local") this.of(session, { held });
  }

  private hear(session: Session, event: { peerconnection: RTCPeerConnection }): void {
    event.peerconnection.addEventListener("track", ({ track, streams }) => {
      if (this.session === session) void this.play(streams[0] ?? new MediaStream([track]));
    });
  }

  private async play(stream: MediaStream): Promise<void> {
    this.remote = stream;
    try {
      await this.sound.play(stream);
      this.change({ soundBlocked: false });
    } catch {
      this.change({ soundBlocked: this.session !== null });
    }
  }

  /** Open the microphone, or silence; a call in progress goes on with what there is now. */
  private async openVoice(): Promise<void> {
    if (!this.wanted) return;
    this.voice = await this.sound.open();
    this.change({ microphone: this.voice.microphone });
    const track = this.voice.stream.getAudioTracks()[0] ?? null;
    this.open(!(this.status.call?.muted || this.status.call?.held));
    for (const sender of this.session?.connection?.getSenders() ?? []) {
      if (sender.track?.kind !== "audio" && track === null) continue;
      await sender.replaceTrack(track);
    }
  }

  private open(on: boolean): void {
    for (const track of this.voice?.stream.getAudioTracks() ?? []) track.enabled = on;
  }

  private of(session: Session, change: Partial<PhoneCall>): void {
    if (this.session !== session || this.status.call === null) return;
    this.change({ call: { ...this.status.call, ...change } });
  }

  private over(session: Session): void {
    if (this.session !== session) return;
    this.session = null;
    this.remote = null;
    this.change({ call: null, soundBlocked: false });
    if (this.ending) this.leave();
  }

  /** Hang up what there is. */
  private end(): void {
    const { session } = this;
    if (session !== null && !session.isEnded()) session.terminate();
    if (session !== null) this.over(session);
  }

  /** Forget what there is without a word to the switch, which has ended it, or gives it to another window. */
  private drop(): void {
    const { session } = this;
    if (session === null) return;
    session.connection?.close();
    this.over(session);
  }

  /** Close the line and the devices, once nothing is left to hang up. */
  private leave(): void {
    this.ending = false;
    this.stopLine();
    this.sound.close();
    this.voice = null;
  }

  private revive(): void {
    this.askedAt = this.now();
    this.line?.revive();
  }

  private stopLine(): void {
    const { line } = this;
    this.line = null;
    line?.stop();
  }

  private change(change: Partial<PhoneStatus>): void {
    if (change.link === "failed") this.failedAt = this.now();
    this.status = { ...this.status, ...change };
    this.options.onChange(this.status);
  }
}
