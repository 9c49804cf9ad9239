/** The service's clock as this browser sees it: its own may be wrong, and may be set while the page is open. */

const SAMPLES = 60;
const JUMP_MS = 2000;

export interface ServiceClock {
  /** Take the moment that an event was made at, and when it came (`performance.now()`). */
  learn(madeAt: number, cameAt: number): void;
  /** The service's time at a moment of `performance.now()`, null before the first event. */
  now(at: number): number | null;
}

/** Return a clock that knows nothing yet. */
export function serviceClock(): ServiceClock {
  let samples: number[] = [];
  let offset: number | null = null;
  return {
    learn(madeAt, cameAt) {
      const sample = madeAt - cameAt;
      if (Number.isNaN(sample)) return;
      if (offset !== null && Math.abs(sample - offset) > JUMP_MS) samples = [];
      samples = [...samples.slice(1 - SAMPLES), sample];
      // An event never comes before it was made: the greatest difference is the nearest to the truth.
      offset = Math.max(...samples);
    },
    now: (at) => (offset === null ? null : at + offset),
  };
}
