/** Something that is asked of the API, and again every so often while the page is shown. The newest question wins. */

import { onBeforeUnmount, onMounted, ref, type Ref, shallowRef } from "vue";

export interface Loaded<T> {
  readonly data: Ref<T | null>;
  /** Why the last question got no answer, "" when it did. What was known before stays. */
  readonly problem: Ref<string>;
  readonly busy: Ref<boolean>;
  load(): Promise<void>;
}

export function useLoad<T>(question: () => Promise<T>, everyMs = 0): Loaded<T> {
  const data = shallowRef<T | null>(null);
  const problem = ref("");
  const busy = ref(false);
  let asked = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  async function load(): Promise<void> {
    const mine = ++asked;
    busy.value = true;
    try {
      const found = await question();
      if (mine !== asked) return;
      data.value = found;
      problem.value = "";
    } catch (error) {
      if (mine === asked) problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      if (mine === asked) busy.value = false;
    }
  }

  onMounted(() => {
    void load();
    if (everyMs > 0) timer = setInterval(() => { if (!document.hidden) void load(); }, everyMs);
  });
  onBeforeUnmount(() => {
    clearInterval(timer);
    asked += 1;
  });
  return { data, problem, busy, load };
}
