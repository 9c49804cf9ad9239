/** Plays the seconds of a call that a field of the draft, or a sentence, stands on. */

import { onScopeDispose, ref } from "vue";

import type { Evidence } from "./types";

export interface Piece {
  speaker: Evidence["speaker"];
  start_s: number;
  end_s: number;
  clock?: "recording";
}

/** Return the address of a piece's sound. */
export function soundOf(call: string, piece: Piece): string {
  const query = new URLSearchParams({
    speaker: piece.speaker,
    from_s: piece.start_s.toFixed(2),
    until_s: Math.max(piece.end_s, piece.start_s + 0.2).toFixed(2),
  });
  if (piece.clock) query.set("clock", piece.clock);
  return `/api/v1/calls/${encodeURIComponent(call)}/sound?${query.toString()}`;
}

/** Let a page play one after the other; what is asked for while something plays takes its place. */
export function useEvidence(call: () => string, say: (text: string) => void) {
  /** What is heard, or was asked for last: its words are marked in the transcript. */
  const marked = ref<Piece | null>(null);
  const playing = ref(false);
  const player = new Audio();
  let waiting: Piece[] = [];

  function next(): void {
    const piece = waiting.shift();
    playing.value = piece !== undefined;
    if (!piece) return;
    marked.value = piece;
    player.src = soundOf(call(), piece);
    player.play().catch((error: unknown) => {
      if ((error as Error).name === "AbortError") return;
      playing.value = false;
      say("这几秒的录音现在听不到，请稍后再试");
    });
  }

  player.addEventListener("ended", next);
  onScopeDispose(() => {
    player.removeEventListener("ended", next);
    player.pause();
  });

  return {
    marked,
    playing,
    play(pieces: readonly Piece[]) {
      player.pause();
      waiting = [...pieces].sort((a, b) => a.start_s - b.start_s);
      next();
    },
    stop() {
      player.pause();
      waiting = [];
      playing.value = false;
      marked.value = null;
    },
  };
}
