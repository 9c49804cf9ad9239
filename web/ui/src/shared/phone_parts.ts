/** What the phone needs of JsSIP, so that its logic is tested without a network. */

import { UA, WebSocketInterface } from "jssip";

import type { PhoneAccount } from "./phone";

/** One call of the phone; JsSIP's `RTCSession` is one. */
export interface Session {
  answer(options: { mediaStream: MediaStream; pcConfig: RTCConfiguration }): void;
  terminate(options?: { status_code?: number }): void;
  hold(): boolean;
  unhold(): boolean;
  mute(what: { audio: boolean }): void;
  unmute(what: { audio: boolean }): void;
  sendDTMF(tones: string, options?: { transportType?: string; duration?: number; interToneGap?: number }): void;
  isEnded(): boolean;
  isEstablished(): boolean;
  readonly connection: RTCPeerConnection | undefined;
  on(event: string, listener: (data: never) => void): unknown;
}

export interface Incoming {
  originator: string;
  session: Session;
  request: { getHeader(name: string): string | undefined };
}

/** JsSIP's user agent, and a way to give up a connection that is dead and does not know it. */
export interface Line {
  start(): void;
  stop(): void;
  revive(): void;
  on(event: string, listener: (data: never) => void): unknown;
}

export type MakeLine = (account: PhoneAccount) => Line;

/** A line over the switch's own WebSocket: it comes back by itself whenever it is lost. */
export const lineOf: MakeLine = (account) => {
  const socket = new WebSocketInterface(account.url);
  const agent = new UA({
    sockets: [socket],
    uri: account.uri,
    authorization_user: account.user,
    password: account.password,
    register: true,
    register_expires: account.register_s,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 4,
    user_agent: "hotline desk",
  });
  return {
    start: () => agent.start(),
    stop: () => agent.stop(),
    revive: () => {
      socket.disconnect();
      (socket as unknown as { ondisconnect(error: boolean, code: number, reason: string): void }).ondisconnect(
        true,
        1006,
        "silent",
      );
    },
    on: (event, listener) => agent.on(event as "connected", listener as () => void),
  };
};
