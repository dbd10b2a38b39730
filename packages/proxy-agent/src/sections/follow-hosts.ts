import type { SectionSource } from "./section-source.ts";

const everyMs = 30_000;

/** Looks again for log targets that did not resolve, until the signal aborts. `onChange` hears when one does. */
export function followHosts(source: SectionSource, onChange: () => void, signal: AbortSignal): void {
  const look = async (): Promise<void> => {
    if (source.isLackingHosts && (await source.look("unresolved")) && !signal.aborted) onChange();
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
