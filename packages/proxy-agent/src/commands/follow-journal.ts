import { encode, proxyKey } from "@fairway/contract";
import { ProxyJournal } from "../journal/journal.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import { allRejections } from "../status/agent-state.ts";
import { proxyRecord } from "../status/proxy-record.ts";
import type { Reporter } from "../status/reporter.ts";
import type { PrepareOptions } from "./prepare.ts";

/** Has a journal kept of what the reconciler applies and of what the proxy does not serve. */
export function followJournal(
  { version, proxy, log, signal }: Pick<PrepareOptions, "proxy" | "log" | "signal"> & { readonly version: string },
  reconciler: Pick<Reconciler, "on" | "observed" | "progress">,
  reporter: Pick<Reporter, "state">,
): ProxyJournal {
  const { journal: directory, config: configFile } = proxy.files.paths;
  const sources = {
    rejections: () => allRejections(reporter.state()),
    ownRecord: () => {
      const state = reporter.state();
      if (state.haproxy === undefined) return undefined;
      return { key: proxyKey(state.node.node, state.proxy), value: encode(proxyRecord(state)) };
    },
    configuration: () => reconciler.observed?.description,
    lastError: () => reconciler.progress.lastError,
  };
  const journal = new ProxyJournal({ directory, configFile, version, sources, log, signal });
  let begunAt = 0;
  reconciler.on("wanted", () => (begunAt = performance.now()));
  reconciler.on("applied", (outcome, wanted) => journal.onApplied(outcome, wanted, performance.now() - begunAt));
  reconciler.on("change", () => journal.onChange());
  return journal;
}
