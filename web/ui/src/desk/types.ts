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
  /** What the seconds count from: the recording in a stored ticket, else the first words heard live. */
  clock?: "recording";
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

/** A call of the same number. */
export interface EarlierCall {
  call: string;
  arrived_at: string | null;
  agent: string | null;
  outcome: string | null;
}

/** A ticket of the same number. */
export interface EarlierTicket {
  id: string;
  number: string;
  call: string;
  status: string;
  is_open: boolean;
  kind: string | null;
  title: string | null;
  place: string | null;
  created_at: string;
}

/** What the robot had called this person about, who then asked for an agent. */
export interface CalledBack {
  callback: string;
  ticket: string;
  person: string | null;
  unit: string | null;
  kind: string | null;
  matter: string | null;
  handled_on: string | null;
}

export interface Caller {
  number: string | null;
  masked: boolean;
  place: string | null;
  known: boolean;
  calls: EarlierCall[];
  tickets: EarlierTicket[];
  callback: CalledBack | null;
}

export interface DeskLine {
  line: string;
  target: string;
  label: string;
  code: string;
  state: string;
  why: string | null;
}

export interface DeskPeer {
  to: string;
  label: string;
}

export interface DeskCall {
  call: string;
  leg: string;
  state: "ringing" | "talking" | "held" | "lost" | "over";
  in_room: boolean;
  muted: boolean;
  queue: string;
  queue_label: string;
  arrived_at: string | null;
  ringing_at: string | null;
  answered_at: string | null;
  waited_s: number | null;
  source: string | null;
  caller: Caller;
  lines: DeskLine[];
  /** Whom the agent asks before a transfer; the citizen hears music meanwhile. */
  consulting: DeskPeer | null;
  /** Who asks this agent so, and has the citizen still. */
  asked_by: DeskPeer | null;
}

/** One agent's desk at a moment (web/desk_state.py). */
export interface DeskState {
  agent: string;
  name: string;
  at: string;
  state: AgentKind;
  reason: string | null;
  since: string | null;
  queues: string[];
  wrapup_ends_at: string | null;
  phone: { kind: "browser" | "sip"; state: "away" | "free" | "ringing" | "in_use"; tab: string | null };
  call: DeskCall | null;
  last: string | null;
  /** Who called last, while no call is here. */
  last_call: DeskCall | null;
}

export interface TransferTarget {
  to: string;
  kind: "agent" | "queue";
  label: string;
  state: string | null;
}
