import type { AddonPicture } from "../registry/addon.ts";
import type { Desired, EndpointRejection } from "../desired/desired.ts";
import type { Listener } from "@fairway/haproxy";
import type { ListenerRefusal } from "../reconcile/bindable.ts";
import { inOrder } from "@fairway/contract";
import type { Vantage } from "../desired/reach.ts";
import type { View } from "../registry/view.ts";

/** HAProxy, as it was last seen. */
export type HaproxyPicture = { readonly version: string; readonly pid: number };

/** Everything that reports are made of: the agent at one moment. */
export type Picture = {
  readonly version: string;
  /** Its name in the registry. */
  readonly proxy: string;
  /** How the addon answers; undefined: it is not asked. */
  readonly addon: AddonPicture | undefined;
  readonly vantage: Vantage;
  /** The subscribed prefixes. */
  readonly scope: readonly string[];
  readonly view: View;
  /** What was last applied, or undefined before the first time. */
  readonly desired: Desired | undefined;
  readonly refusals: readonly ListenerRefusal[];
  /** Servers in maint, on their way out. */
  readonly leaving: number;
  readonly appliedRevision: bigint;
  /** ISO 8601; empty before the first time. */
  readonly appliedAt: string;
  readonly haproxy: HaproxyPicture | undefined;
  readonly lastError: string | undefined;
  /** Items left out of settings, and what else the operator's text became, as sentences. */
  readonly notes: readonly string[];
};

/** What is asked for and not served, from all who refuse: listeners, unreadable records, endpoints; each in order. */
export function allRejections({ desired, refusals, view }: Picture): readonly EndpointRejection[] {
  const taken = refusals.map(({ listener, code, reason }) => ({ code, key: `port_${listener}`, reason }));
  return [...taken.sort(inOrder), ...[...view.unreadable.values()].sort(inOrder), ...(desired?.rejections ?? [])];
}

/** The listeners that are desired and not refused. */
export function servedListeners({ desired, refusals }: Picture): readonly Listener[] {
  const refused = new Set(refusals.map(({ listener }) => listener));
  return (desired?.listeners ?? []).filter(({ port }) => !refused.has(port));
}

/** Servers of the applied configuration by state; an orphan counts as such, whatever else it is. */
export function serverCounts(picture: Picture) {
  const { view, leaving } = picture;
  const counts = { ready: 0, drain: 0, maint: leaving, orphaned: 0 };
  for (const { servers } of servedListeners(picture)) {
    for (const { admin, endpoint } of servers) counts[view.absences.has(endpoint) ? "orphaned" : admin] += 1;
  }
  return counts;
}
