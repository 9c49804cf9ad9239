/**
 * Server-sent events read by `fetch`: unlike `EventSource` it tells a refusal (401, 404) from a lost network,
 * notices silence, and counts its own tries. One `follow` lives until `close`.
 */

import { ref, type Ref } from "vue";

import { onSignedOut } from "./api";
import { cleaned } from "./text";

/** `loading` before the first event, `live`, `old` (connected, nothing came), `lost` (tries again), `refused`. */
export type StreamState = "loading" | "live" | "old" | "lost" | "refused";

export interface StreamEvent {
  name: string;
  id: string | null;
  data: unknown;
}

export interface Following {
  readonly state: Ref<StreamState>;
  /** When the last event came (`performance.now()`), null before. */
  readonly heardAt: Ref<number | null>;
  /** The status of a refusal. */
  readonly status: Ref<number | null>;
  close(): void;
}

export interface Options {
  /** Silence after which what is shown counts as old, ms. Heartbeats (comments) count as sound. */
  oldAfterMs?: number;
  /** Silence after which the connection is begun anew, ms. */
  silentAfterMs?: number;
  /** Called at each (re)connection, before its first event. */
  onOpen?: () => void;
}

const PAUSES_MS = [0, 500, 1000, 2000, 3000];

/** Split what came into whole events; what is left over is the beginning of the next. Pure. */
export function parse(text: string): { events: StreamEvent[]; rest: string } {
  const blocks = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  const events: StreamEvent[] = [];
  for (const block of blocks) {
    let name = "message";
    let id: string | null = null;
    const data: string[] = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      else if (line.startsWith("id:")) id = line.slice(3).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
    if (data.length > 0) events.push({ name, id, data: cleaned(JSON.parse(data.join("\n")) as unknown) });
  }
  return { events, rest };
}

/** Follow a stream for as long as the page wants it; `take` gets every event in order. */
export function follow(path: string, take: (event: StreamEvent) => void, options: Options = {}): Following {
  const { oldAfterMs = 12_000, silentAfterMs = 20_000 } = options;
  const state = ref<StreamState>("loading");
  const heardAt = ref<number | null>(null);
  const status = ref<number | null>(null);
  const end = new AbortController();
  let soundAt = performance.now();
  let connection: AbortController | null = null;

  const watch = setInterval(() => {
    const silent = performance.now() - soundAt;
    if (state.value === "live" && silent > oldAfterMs) state.value = "old";
    if (connection !== null && silent > silentAfterMs) connection.abort();
  }, 500);

  async function read(): Promise<void> {
    const mine = new AbortController();
    connection = mine;
    soundAt = performance.now();
    const endMine = () => mine.abort();
    end.signal.addEventListener("abort", endMine);
    try {
      const answer = await fetch(path, {
        signal: mine.signal,
        cache: "no-store",
        redirect: "error",
        credentials: "same-origin",
        headers: { Accept: "text/event-stream" },
      });
      status.value = answer.status;
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        if (answer.status === 401) onSignedOut.tell();
        state.value = "refused";
      }
      if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
      options.onOpen?.();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        soundAt = performance.now();
        const { events, rest } = parse(text + value);
        text = rest;
        for (const event of events) take(event);
        if (events.length > 0) heardAt.value = soundAt;
        if (heardAt.value !== null) state.value = "live";
      }
    } finally {
      end.signal.removeEventListener("abort", endMine);
      mine.abort();
    }
  }

  async function run(): Promise<void> {
    let tries = 0;
    while (!end.signal.aborted) {
      const before = heardAt.value;
      try {
        await read();
      } catch (error) {
        if (!end.signal.aborted) console.warn("stream ended:", path, String(error));
      }
      if (end.signal.aborted) return;
      if (heardAt.value !== before) tries = 0;
      // A stream has a longest life: one that ended by itself and comes back at once is not worth a word.
      if (state.value !== "refused" && tries > 0) state.value = "lost";
      const refused = state.value === "refused" ? 15_000 : 0;
      const pause = Math.max(refused, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0);
      tries += 1;
      await new Promise((resume) => setTimeout(resume, pause + Math.random() * 200));
      if (state.value === "refused") state.value = "lost";
    }
  }

  void run();
  return {
    state,
    heardAt,
    status,
    close() {
      clearInterval(watch);
      end.abort();
    },
  };
}
