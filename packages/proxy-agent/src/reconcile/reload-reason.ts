import type { Front } from "@fairway/contract";

/** Why HAProxy is started or reloaded. Metrics count the codes, logs and status show {@link sentenceOf}. */
export type ReloadReason =
  | { readonly code: "not-running" }
  | { readonly code: "listener-new"; readonly port: Front }
  | { readonly code: "listener-ended"; readonly port: Front }
  | { readonly code: "listener-settings"; readonly port: Front; readonly settings: readonly string[] }
  | { readonly code: "proxy-settings"; readonly section: string }
  | { readonly code: "settings-unknown" }
  | { readonly code: "many-servers"; readonly count: number }
  /** `why` says as a sentence what of them HAProxy does not take at run time. */
  | { readonly code: "certificates"; readonly why: string }
  /** HAProxy does not do it at run time; `why` says what, as a sentence. */
  | { readonly code: "not-at-run-time"; readonly why: string };

type Sentences = {
  readonly [Code in ReloadReason["code"]]: (reason: Extract<ReloadReason, { readonly code: Code }>) => string;
};

const sentences: Sentences = {
  "not-running": () => "HAProxy is not running",
  "listener-new": ({ port }) => `listener ${port} is new`,
  "listener-ended": ({ port }) => `listener ${port} has ended`,
  "listener-settings": ({ port, settings }) => `listener ${port} has other settings: ${settings.join(", ")}`,
  "proxy-settings": ({ section }) => `the proxy's ${section} settings changed`,
  "settings-unknown": () => "it is not known with which settings HAProxy was started",
  "many-servers": ({ count }) => `${count} servers change at once, which HAProxy takes longer for than for a reload`,
  certificates: ({ why }) => why,
  "not-at-run-time": ({ why }) => why,
};

/** A reason in words. */
export function sentenceOf(reason: ReloadReason): string {
  return (sentences[reason.code] as (reason: ReloadReason) => string)(reason);
}
