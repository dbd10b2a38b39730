import type { JournalAnswer, JournalMoment, ServicesAnswer } from "@fairway/contract";

/** A proxy whose agent is asked, and where it answers other machines. */
export type PageProxy = {
  readonly name: string;
  readonly api?: { readonly ip: string; readonly port: number } | undefined;
};

/** Answers by the proxies' names, and who gave none, as one line that is safe to show; empty: everybody did. */
export type PageAnswers<T> = { readonly answers: ReadonlyMap<string, T>; readonly unasked: string };

type Ask<T> = (query: URLSearchParams, proxies: readonly PageProxy[]) => Promise<PageAnswers<T>>;

/** What agents alone know. */
export type PageAgents = {
  readonly journal: Ask<JournalAnswer>;
  readonly moment: Ask<JournalMoment>;
  readonly services: Ask<ServicesAnswer>;
};
