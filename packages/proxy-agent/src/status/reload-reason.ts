/** Kinds of reasons for a reload, as metrics count them: sentences name ports and numbers. */
export type ReloadReason =
  | "listener-new"
  | "listener-ended"
  | "listener-settings"
  | "proxy-settings"
  | "settings-unknown"
  | "many-servers"
  | "not-at-run-time";

const kinds: readonly (readonly [ReloadReason, RegExp])[] = [
  ["listener-new", /^listener \d+ is new$/],
  ["listener-ended", /^listener \d+ has ended$/],
  ["listener-settings", /^listener \d+ has other settings: /],
  ["proxy-settings", /^the proxy's \w+ settings changed$/],
  ["settings-unknown", /^it is not known with which settings /],
  ["many-servers", /^\d+ servers change at once, /],
];

/** The kind of a sentence that a plan, or HAProxy's refusal of a runtime command, gave as the reason for a reload. */
export function reloadReason(sentence: string): ReloadReason {
  return kinds.find(([, pattern]) => pattern.test(sentence))?.[0] ?? "not-at-run-time";
}
