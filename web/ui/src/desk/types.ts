/** What the service tells one desk. Seconds of speech count from `begun_us`; times are ISO 8601, UTC. */

export type Speaker = "citizen" | "agent" | "third";
export type AgentKind =
  | "signed_out"
  | "unreachable"
  | "held"
  | "talking"
  | "ringing"
  | "wrapup"
  | "paused"
  | "ready";
export type FieldValue = string | number | boolean;

export interface Evidence {
  words: string;
  speaker: Speaker;
  start_s: number;
  end_s: number;
}

export interface DraftField {
  value: FieldValue;
  confidence: number;
  origin: "words" | "call" | "initial" | "person";
  evidence: Evidence[];
  by?: string;
}

/** A field that the standards ask for and nobody has spoken of. */
export interface Hint {
  field: string;
  label: string;
  text: string;
  clause: string;
}

export interface Draft {
  fields: Record<string, DraftField>;
  missing: Hint[];
}

export interface Suggestion {
  id: string;
  kind: "emergency_line" | "risk" | "wording" | "emotion" | "repeat" | "similar" | "category";
  text: string;
  data: Record<string, unknown>;
  evidence: Evidence[];
  at: string;
  withdrawn: boolean;
}

/** Where a number or a name stands in a sentence. */
export interface Personal {
  kind: string;
  start: number;
  end: number;
}

/** One sentence as it is shown. */
export interface Line {
  speaker: Speaker;
  start_s: number;
  end_s: number;
  text: string;
  personal: Personal[];
}

/** What a leg is guessed to be saying now. */
export interface Guess {
  leg: string;
  speaker: Speaker;
  text: string;
}

export interface HeardLeg {
  leg: string;
  speaker: Speaker;
  on: boolean;
}

export interface RoomLine {
  line: string;
  target: string;
  state: string;
  why: string;
}

export interface RoomRequest {
  request: string;
  line: string;
  target: string;
  state: string;
  why: string;
}

export interface Party {
  who: string;
  agent: string;
  held: boolean;
}

/** One line of the directory, `GET /api/v1/third-lines`. */
export interface ThirdLine {
  name: string;
  code: string;
  key: string;
  label: string;
  kind: "emergency" | "utility" | "department";
  open: boolean;
  opens: string | null;
  allowed: boolean;
  needs_reason: boolean;
}
