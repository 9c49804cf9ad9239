/** What the agent hears and sees of a ringing browser phone: a soft tone, and the window's title. */

import { onScopeDispose, watch } from "vue";

const HERTZ = 450;
const ON_S = 1;
const EVERY_MS = 4000;
const LOUDNESS = 0.12;

/** Ring while `rings` is true; a browser that plays nothing yet shows the title only. */
export function useRing(rings: () => boolean): void {
  let context: AudioContext | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  let title = "";

  function tone(): void {
    context ??= new AudioContext();
    void context.resume().catch(() => undefined);
    const [source, gain] = [context.createOscillator(), context.createGain()];
    const now = context.currentTime;
    source.frequency.value = HERTZ;
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(LOUDNESS, now + 0.05);
    gain.gain.setValueAtTime(LOUDNESS, now + ON_S - 0.05);
    gain.gain.linearRampToValueAtTime(0, now + ON_S);
    source.connect(gain).connect(context.destination);
    source.start(now);
    source.stop(now + ON_S);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    if (title) document.title = title;
    title = "";
  }

  watch(
    rings,
    (on) => {
      stop();
      if (!on) return;
      title = document.title;
      document.title = `☎ 来电 · ${title}`;
      tone();
      timer = setInterval(tone, EVERY_MS);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    stop();
    void context?.close();
  });
}
