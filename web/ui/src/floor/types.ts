/** What the service tells the floor (`web/floor_state.py`). Moments are ISO 8601 in UTC; numbers are masked. */

export type AgentKind =
  | "signed_out" | "unreachable" | "held" | "talking" | "ringing" | "wrapup" | "paused" | "ready";

export type Phase = "menu" | "waiting" | "talking" | "left";
export type Grade = "I" | "II" | "III" | "IV";

export interface Mark {
  id: string;
  kind: "emergency_line" | "risk";
  text: string;
  line: string | null;
  grade: string | null;
  words: string[];
  at: string;
}

export interface ThirdLine {
  line: string;
  target: string;
  label: string;
  kind: string;
  state: string;
}

export interface Call {
  id: string;
  phase: Phase;
  caller: string;
  queue: string | null;
  arrived_at: string | null;
  human_at: string | null;
  answered_at: string | null;
  agents: string[];
  pushed: boolean;
  lines: ThirdLine[];
  kind: string | null;
  title: string | null;
  place: string | null;
  emotion: string | null;
  risk_class: string | null;
  risk_grade: string | null;
  emergency_line: string | null;
  threat: string | null;
  marks: Mark[];
}

export interface Agent {
  agent: string;
  name: string;
  group: string;
  role: string;
  state: AgentKind;
  reason: string | null;
  since: string;
  queues: string[];
  own_queues: string[];
  call: string | null;
}

export interface Queue {
  queue: string;
  label: string;
  waiting: number;
  longest_wait_ms: number | null;
  waiting_over_10s: number;
  waiting_over_15s: number;
  agents: Partial<Record<AgentKind, number>>;
}

export interface Figure {
  value: number | null;
  numerator?: number;
  denominator?: number;
  definition: string;
  version: number;
  limit?: number;
}

export interface Alarm {
  id: string;
  kind: string;
  severity: string;
  severity_label: string;
  level: string | null;
  title: string;
  text: string;
  since: string;
  runbook: string;
}

export interface Floor {
  at: string;
  complete: boolean;
  queues: Queue[];
  total: Omit<Queue, "queue" | "label">;
  sl15_offered: Figure;
  connect_rate_24h: Figure;
  alarms: Alarm[];
  agents: Agent[];
  calls: Call[];
}

/** A mark of risk in a ticket that a person is to look at again. */
export interface RiskMark {
  id: string;
  number: string;
  call: string;
  node: string;
  created_at: string;
  kind: string | null;
  title: string | null;
  place: string | null;
  risk_class: string | null;
  risk_grade: string | null;
  people: number | null;
  threat: string | null;
  words: { words: string; speaker: string; start_s: number; end_s: number }[];
  check: { who: string; at: string; old: string | null; new: string | null } | null;
}
