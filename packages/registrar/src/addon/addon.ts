import type { ListenAddress, RegistrarSettings } from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { OwnNode, RegistryAccess } from "@fairway/registry";
import type { Engine } from "../docker/engine.ts";
import { listenForProxies } from "./addon-server.ts";
import { answer } from "./answer.ts";
import { addonAccess, type HandedOut, handedOut } from "./handed-out.ts";
import { createJournal, type Journal } from "./journal.ts";

/** How the addon is doing. */
export type AddonState = {
  readonly listening: boolean;
  /** Why it does not listen, else why it hands nothing out. */
  readonly reason: string | undefined;
  readonly requests: ReturnType<Journal["counts"]>;
} & ReturnType<Journal["lately"]>;

/** Hands proxy containers of this node their way to the registry. */
export type Addon = { readonly state: () => AddonState; readonly ended: Promise<void> };

/** What {@link startAddon} is told. */
export type AddonOptions = {
  readonly settings: RegistrarSettings;
  /** The registrar's own way to the registry. */
  readonly own: RegistryAccess;
  readonly node: OwnNode;
  readonly engine: Engine;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Begins to answer, unless ADDON_LISTEN is `off`. Throws ProgramExit for a file to hand out that cannot be read. */
export function startAddon(options: AddonOptions): Addon {
  const { addonListen } = options.settings;
  const journal = createJournal(options.log);
  if (addonListen !== undefined) return listening(options, addonListen, journal);
  return { ended: Promise.resolve(), state: () => stateOf(journal, "ADDON_LISTEN is off", undefined) };
}

function listening(
  { settings, own, node, engine, log, signal }: AddonOptions,
  listen: ListenAddress,
  journal: Journal,
): Addon {
  const handed = () => handedOut(addonAccess(settings, node.address), own);
  const refusal = refusalIn(handed());
  if (refusal !== undefined) log.warn({ reason: refusal }, "addon hands nothing out");
  let notListening: string | undefined = "it has not begun yet";
  const ended = listenForProxies({
    listen,
    answer: (source, local) => answer({ engine, node, handedOut: handed, journal }, source, local),
    onListening: (reason) => (notListening = reason),
    log,
    signal,
  });
  return { ended, state: () => stateOf(journal, notListening, refusal) };
}

function stateOf(journal: Journal, notListening: string | undefined, refusal: string | undefined): AddonState {
  return {
    listening: notListening === undefined,
    reason: notListening ?? refusal,
    requests: journal.counts(),
    ...journal.lately(),
  };
}

function refusalIn(handed: HandedOut): string | undefined {
  return handed.ok ? undefined : handed.reason;
}
