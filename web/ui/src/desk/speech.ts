/** What is said in the agent's call and what comes of it, kept in step with the stream. Pure. */

import type { Draft, Guess, HeardLeg, Line, Personal, Speaker, Suggestion } from "./types";

/** Older sentences than so many stay in the transcript after the call; a page need not hold a day of them. */
export const MOST_LINES = 1000;

export interface Speech {
  begunUs: number | null;
  lines: readonly Line[];
  guesses: readonly Guess[];
  legs: readonly HeardLeg[];
  /** Why nothing is heard live though somebody speaks: "full", "engine", …; empty while all is well. */
  deaf: string;
  draft: Draft | null;
  suggestions: readonly Suggestion[];
}

export const SILENT: Speech = {
  begunUs: null,
  lines: [],
  guesses: [],
  legs: [],
  deaf: "",
  draft: null,
  suggestions: [],
};

interface SaidView {
  speaker: Speaker;
  start_s: number;
  end_s: number;
  text: string;
  readable?: string;
  personal?: Personal[];
}

/** The state of a call's speech as the service gives it (web/speech_stream.py). */
export interface SpeechView {
  begun_us: number | null;
  legs?: { leg: string; speaker: Speaker; on: boolean; partial?: string | null }[];
  transcript: { utterances: SaidView[] } | null;
  draft: Draft | null;
  suggestions?: Suggestion[];
}

/** Return what a state tells; it replaces all that was known. */
export function speechOf(view: SpeechView | null | undefined): Speech {
  if (!view) return SILENT;
  const legs = view.legs ?? [];
  return {
    begunUs: view.begun_us ?? null,
    lines: (view.transcript?.utterances ?? []).map(lineOf).slice(-MOST_LINES),
    guesses: legs
      .filter((leg) => leg.on && leg.partial)
      .map((leg) => ({ leg: leg.leg, speaker: leg.speaker, text: leg.partial ?? "" })),
    legs: legs.map(({ leg, speaker, on }) => ({ leg, speaker, on })),
    deaf: "",
    draft: view.draft,
    suggestions: (view.suggestions ?? []).filter((one) => !one.withdrawn),
  };
}

/** Return the speech after one event of the stream; an event that is none of speech changes nothing. */
export function hear(speech: Speech, name: string, data: Record<string, any>): Speech {
  switch (name) {
    case "partial":
      return { ...speech, guesses: guessed(speech.guesses, data) };
    case "speech":
      return said(speech, data);
    case "live":
      return heardLeg(speech, data);
    case "draft":
      return { ...speech, draft: { fields: data.fields ?? {}, missing: data.missing ?? [] } };
    case "suggestion":
      return { ...speech, suggestions: suggested(speech.suggestions, data as Suggestion) };
    default:
      return speech;
  }
}

function lineOf(view: SaidView): Line {
  return {
    speaker: view.speaker,
    start_s: view.start_s,
    end_s: view.end_s,
    text: view.readable || view.text,
    personal: view.readable ? (view.personal ?? []) : [],
  };
}

function guessed(guesses: readonly Guess[], data: Record<string, any>): readonly Guess[] {
  const others = guesses.filter((one) => one.leg !== data.leg);
  if (!data.text) return others;
  const guess = { leg: data.leg, speaker: data.speaker, text: data.text };
  const at = guesses.findIndex((one) => one.leg === data.leg);
  return at < 0 ? [...guesses, guess] : guesses.map((one, index) => (index === at ? guess : one));
}

/** A final sentence takes its place by the moment it was begun, and ends its leg's guess. */
function said(speech: Speech, data: Record<string, any>): Speech {
  const begunUs = speech.begunUs ?? data.start_us;
  const line = lineOf({
    ...(data as SaidView),
    start_s: (data.start_us - begunUs) / 1e6,
    end_s: (data.end_us - begunUs) / 1e6,
  });
  let at = speech.lines.length;
  while (at > 0 && speech.lines[at - 1]!.start_s > line.start_s) at -= 1;
  if (at > 0 && isSame(speech.lines[at - 1]!, line)) return speech;
  const lines = [...speech.lines.slice(0, at), line, ...speech.lines.slice(at)].slice(-MOST_LINES);
  return { ...speech, begunUs, lines, guesses: speech.guesses.filter((one) => one.leg !== data.leg) };
}

function isSame(one: Line, other: Line): boolean {
  return one.speaker === other.speaker && one.text === other.text && Math.abs(one.start_s - other.start_s) < 0.01;
}

function heardLeg(speech: Speech, data: Record<string, any>): Speech {
  const on = data.state === "on";
  const known = speech.legs.find((one) => one.leg === data.leg);
  const leg = { leg: data.leg, speaker: (data.speaker ?? known?.speaker ?? "citizen") as Speaker, on };
  const begunUs = speech.begunUs ?? (on && data.at ? Date.parse(data.at) * 1000 : null);
  return {
    ...speech,
    begunUs,
    legs: [...speech.legs.filter((one) => one.leg !== data.leg), leg],
    guesses: on ? speech.guesses : speech.guesses.filter((one) => one.leg !== data.leg),
    deaf: on || data.why === "ended" || data.why === "closed" ? "" : String(data.why ?? ""),
  };
}

function suggested(known: readonly Suggestion[], one: Suggestion): readonly Suggestion[] {
  const at = known.findIndex((other) => other.id === one.id);
  if (one.withdrawn) return at < 0 ? known : known.filter((other) => other.id !== one.id);
  const whole = { ...one, data: one.data ?? {}, evidence: one.evidence ?? [] };
  return at < 0 ? [...known, whole] : known.map((other, index) => (index === at ? whole : other));
}
