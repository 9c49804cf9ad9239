/** Small fakes for the telephone's unit tests: a call, a registration, a microphone with a loudspeaker. */

import type { Line, Session } from "./phone_parts";
import type { Microphone, Sound, Voice } from "./sound";

class Emitter {
  private readonly told = new Map<string, ((data: never) => void)[]>();

  on(event: string, listener: (data: never) => void): void {
    this.told.set(event, [...(this.told.get(event) ?? []), listener]);
  }

  tell(event: string, data: unknown = {}): void {
    for (const listener of this.told.get(event) ?? []) listener(data as never);
  }
}

export class FakeSession extends Emitter implements Session {
  done: string[] = [];
  ended = false;
  established = false;
  connection: RTCPeerConnection | undefined = undefined;

  answer(): void {
    this.done.push("answer");
    this.established = true;
    this.tell("accepted");
  }
  terminate(options?: { status_code?: number }): void {
    this.done.push(`terminate ${options?.status_code ?? ""}`.trim());
    this.ended = true;
    this.tell("ended");
  }
  hold(): boolean {
    this.tell("hold", { originator: "local" });
    return true;
  }
  unhold(): boolean {
    this.tell("unhold", { originator: "local" });
    return true;
  }
  mute(): void {
    this.tell("muted");
  }
  unmute(): void {
    this.tell("unmuted");
  }
  sendDTMF(tones: string): void {
    this.done.push(`keys ${tones}`);
  }
  isEnded(): boolean {
    return this.ended;
  }
  isEstablished(): boolean {
    return this.established && !this.ended;
  }
}

export class FakeLine extends Emitter implements Line {
  done: string[] = [];
  start(): void {
    this.done.push("start");
  }
  stop(): void {
    this.done.push("stop");
  }
  revive(): void {
    this.done.push("revive");
  }
}

export class FakeSound implements Sound {
  microphone: Microphone = "ok";
  blocked = false;
  devices: () => void = () => undefined;
  closed = 0;

  track = { enabled: true };

  async open(): Promise<Voice> {
    return { stream: { getAudioTracks: () => [this.track] } as unknown as MediaStream, microphone: this.microphone };
  }
  onDevices(tell: () => void): void {
    this.devices = tell;
  }
  async play(): Promise<void> {
    if (this.blocked) throw new DOMException("no gesture", "NotAllowedError");
  }
  close(): void {
    this.closed += 1;
  }
}
