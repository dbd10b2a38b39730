import type { Sample, TimeLine } from "../view/rows.ts";
import { useEffect, useState } from "preact/hooks";

/** Asks the page's server, which answers with JSON. Rejects when it does not answer. */
export async function ask<T>(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<T> {
  const search = new URLSearchParams(query).toString();
  const response = await fetch(search === "" ? path : `${path}?${search}`, { signal });
  return (await response.json()) as T;
}

/** What the server answers to what is asked again and again. */
export type PageAnswersTo = { readonly journal: TimeLine; readonly figures: { readonly samples: readonly Sample[] } };

/** How long an answer may take; it is asked for again after that. */
const answerMs = 30_000;

/** The answer to a question, asked again every so often while the page is in sight; what was answered stands meanwhile. */
export function useAnswer<Path extends keyof PageAnswersTo>(
  path: Path,
  everyMs: number,
): PageAnswersTo[Path] | undefined {
  const [answer, set] = useState<PageAnswersTo[Path]>();
  useEffect(() => {
    const over = new AbortController();
    let isAsking = false;
    const look = () => {
      if (document.hidden || isAsking) return;
      isAsking = true;
      const signal = AbortSignal.any([over.signal, AbortSignal.timeout(answerMs)]);
      void ask<PageAnswersTo[Path]>(path, {}, signal)
        .then(set, () => undefined)
        .finally(() => (isAsking = false));
    };
    look();
    const timer = setInterval(look, everyMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      over.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [path, everyMs]);
  return answer;
}
