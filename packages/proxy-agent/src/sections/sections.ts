import type { Sections } from "@fairway/haproxy";
import { defaultsSection } from "./defaults-section.ts";
import { globalSection } from "./global-section.ts";
import { hostOf, logHost } from "./log-target.ts";
import type { ProxySettings } from "./proxy-settings.ts";
import { statsSection } from "./stats-section.ts";

/** The sections, and what of the operator's text was left out or changed, as sentences. */
export type SectionsOutcome = { readonly sections: Sections; readonly notes: readonly string[] };

/** Writes everything outside the listeners. `resolves` tells which of {@link logHosts} can be resolved now. */
export function sectionsOf(settings: ProxySettings, resolves: (host: string) => boolean): SectionsOutcome {
  const rules = { mode: settings.mode, resolves };
  const global = globalSection(settings, rules);
  const defaults = defaultsSection(settings, rules);
  return {
    sections: { global: global.lines, defaults: defaults.lines, stats: statsSection(settings) },
    notes: [...global.notes, ...defaults.notes],
  };
}

/** The host names that the operator's log lines need resolved. */
export function logHosts({ rsyslogDestination, extraGlobal, extraDefaults }: ProxySettings): readonly string[] {
  const hosts = [hostOf(rsyslogDestination), ...[...extraGlobal, ...extraDefaults].map(logHost)];
  return [...new Set(hosts.filter((host) => host !== undefined))];
}
