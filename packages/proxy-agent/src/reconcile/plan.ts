import { byFront, frontOf, type Front } from "@fairway/contract";
import {
  diffServers,
  indexOfName,
  isSpareFront,
  ownMaxconn,
  ownWeight,
  type Difference,
  type Listener,
  type Sections,
  type Server,
  type ServerCommand,
  type ServerUpdate,
  type SortedServers,
} from "@fairway/haproxy";
import type { Desired } from "../desired/desired.ts";
import { addressOf, hasSameSettings } from "../desired/endpoint-to-server.ts";
import { findRenamed, isStillThere } from "../desired/lasting-connections.ts";
import { stemOf } from "../desired/server-name.ts";
import type { Observed, ObservedListener, ObservedServer } from "../observed.ts";
import { changedLists, settingsReasons, textOf, type ListChange } from "./listener-changes.ts";
import { isComplete, planNames, type NamesChange } from "./plan-names.ts";
import type { ReloadReason } from "./reload-reason.ts";

/** How to get from what runs to what is desired: a reload where there are reasons, else commands, else nothing. */
export type Plan = {
  /** Why it takes a reload; empty: it takes none. */
  readonly reasons: readonly ReloadReason[];
  /** Changes of servers at run time, removals last in each listener; also when other listeners take a reload. */
  readonly commands: readonly ServerCommand[];
  /** Lists of who may connect, and how often, that change at run time. */
  readonly lists: readonly ListChange[];
  /** Files of names on ports that change at run time. */
  readonly names: readonly NamesChange[];
  /** The listeners that these commands bring to what is desired: those that changed and take no reload. */
  readonly listeners: readonly Listener[];
};

/**
 * Compares what runs with what is desired. Endpoint changes never reload, unless HAProxy takes longer for so many: only
 * a listener that appears, ends or changes its own settings does, or a change of the proxy's settings. A listener that
 * was brought to this very object is passed over: what a change costs does not depend on how many others there are.
 * `outstanding` are reasons of another kind.
 */
export function planReconcile(observed: Observed, desired: Desired, outstanding: readonly ReloadReason[] = []): Plan {
  const plans = desired.listeners.flatMap((listener) => {
    const now = observed.listeners.get(frontOf(listener));
    if (now?.isInStep && now.served === listener) return [];
    const plan = planListener(now, listener);
    // A port with a name that waits for a reload is looked at again.
    return [isComplete(observed, listener) ? plan : { ...plan, listeners: [] }];
  });
  const listenerReasons = [...plans.flatMap(({ reasons }) => reasons), ...endedListeners(observed, desired)];
  listenerReasons.sort((a, b) => byFront(frontIn(a), frontIn(b)));
  const reasons = [...sectionReasons(observed.sections, desired.sections), ...listenerReasons, ...outstanding];
  const commands = plans.flatMap((each) => each.commands);
  return {
    reasons: reasons.length > 0 ? reasons : tooMany(observed, commands),
    commands,
    lists: plans.flatMap((each) => each.lists),
    names: desired.listeners.flatMap((listener) => planNames(observed, listener)),
    listeners: plans.flatMap((each) => each.listeners),
  };
}

/**
 * Compares one listener with what runs on its port. A server whose endpoint is gone or is at that address no longer goes
 * to maint at once: others may have the address. One whose endpoint merely has another line now, or another key as it or
 * its node was renamed, is only drained.
 */
function planListener(observed: ObservedListener | undefined, desired: Listener): Plan {
  const { servers } = desired;
  const port = frontOf(desired);
  if (!observed) return takesReload({ code: "listener-new", port });
  const differing = diffServers(observed.servers, servers);
  const reasons = [
    ...settingsReasons(observed, desired),
    ...movedReasons(port, differing),
    ...takenIdReasons(port, differing),
  ];
  if (reasons.length > 0) return takesReload(...reasons);
  const leaving = differing.flatMap(({ left, right }) => (right || left.admin === "maint" ? [] : [left]));
  const commands = [...differing.flatMap((each) => arrival(each, port)), ...departures(leaving, desired)];
  return { reasons: [], commands, lists: changedLists(observed, desired), names: [], listeners: [desired] };
}

/** A plan of nothing but a reload. */
export function takesReload(...reasons: readonly ReloadReason[]): Plan {
  return { reasons, commands: [], lists: [], names: [], listeners: [] };
}

function endedListeners(observed: Observed, desired: Desired): readonly ReloadReason[] {
  const wanted = new Set(desired.listeners.map(frontOf));
  const ended = [...observed.listeners.keys()].filter((port) => !wanted.has(port) && !isSpareFront(port));
  return ended.map((port) => ({ code: "listener-ended", port }));
}

function frontIn(reason: ReloadReason): Front {
  return "port" in reason ? reason.port : 0;
}

/** Each of them: one that is missing does not compile. */
const inSections: Readonly<Record<keyof Sections, true>> = {
  global: true,
  defaults: true,
  stats: true,
  monitor: true,
  backends: true,
};
const sectionNames = Object.keys(inSections) as readonly (keyof Sections)[];

function sectionReasons(observed: Sections | undefined, desired: Sections): readonly ReloadReason[] {
  if (observed === desired) return [];
  if (observed === undefined) return [{ code: "settings-unknown" }];
  const changed = sectionNames.filter((name) => textOf(observed[name] ?? []) !== textOf(desired[name] ?? []));
  return changed.map((section) => ({ code: "proxy-settings", section }));
}

type Differing = Difference<ObservedServer, Server>;

/** A server's name holds its address: only a hand at HAProxy's socket gives it another one. */
function movedReasons(port: Front, differing: readonly Differing[]): readonly ReloadReason[] {
  const moved = differing.find(({ left, right }) => left && right && addressOf(left) !== addressOf(right));
  if (!moved) return [];
  const why = `listener ${port} has a server whose address was changed at run time: ${moved.left?.name}`;
  return [{ code: "not-at-run-time", why }];
}

/** HAProxy takes no two servers of one id: one on its way out lives on in the old worker. */
function takenIdReasons(port: Front, differing: readonly Differing[]): readonly ReloadReason[] {
  const leaving = new Map(differing.flatMap(({ left, right }) => (left?.id && !right ? [[left.id, left.name]] : [])));
  const taken = differing.find(({ left, right }) => right?.id && !left && leaving.has(right.id))?.right?.id;
  if (taken === undefined) return [];
  const why = `listener ${port} has a server on its way out with the id of a new one: ${leaving.get(taken)}`;
  return [{ code: "not-at-run-time", why }];
}

function arrival({ left, right: server }: Differing, listener: Front): readonly ServerCommand[] {
  if (!server) return [];
  if (!left) return [{ do: "add", listener, server }];
  const update = updateOf(left, server, listener);
  if (left.admin === server.admin) return update;
  const isBack = left.admin === "maint" && server.admin === "ready" ? { isBack: true } : {};
  return [...update, { do: server.admin, listener, server, ...isBack }];
}

/** What gives a running server other settings. A drained one has no weight, one that comes back gets it with that. */
function updateOf(left: ObservedServer, server: Server, listener: Front): readonly ServerUpdate[] {
  if (hasSameSettings(left, server)) return [];
  const [weight, maxconn] = [ownWeight(server.options), ownMaxconn(server.options)];
  const isWeighted = left.admin === "ready" && server.admin === "ready" && ownWeight(left.options) !== weight;
  const isBounded = ownMaxconn(left.options) !== maxconn;
  return [{ do: "update", listener, server, ...(isWeighted && { weight }), ...(isBounded && { maxconn }) }];
}

function departures(leaving: readonly ObservedServer[], { servers, ...desired }: Listener): readonly ServerCommand[] {
  const listener = frontOf(desired);
  const gone = leaving.filter((server) => !isStillThere(server, nextOfEndpoint(server, servers)));
  const renamed = findRenamed(
    gone.filter((server) => nextOfEndpoint(server, servers) === undefined),
    servers,
  );
  const ended = new Set(gone.filter(({ name }) => !renamed.has(name)));
  return leaving.flatMap((server): readonly ServerCommand[] => {
    if (ended.has(server)) return [{ do: "maint", listener, name: server.name }];
    return server.admin === "drain" ? [] : [{ do: "drain", listener, server: { ...server, admin: "drain" } }];
  });
}

/** The server that the same endpoint has now. It stands nearby: names differ in the hash alone. */
function nextOfEndpoint({ name, endpoint }: ObservedServer, desired: SortedServers<Server>): Server | undefined {
  const stem = stemOf(name);
  const nearby = desired.slice(indexOfName(desired, stem), indexOfName(desired, `${stem}\uffff`));
  return nearby.find((server) => server.endpoint === endpoint);
}

/**
 * HAProxy finds a server of a listener by walking all of them, so many additions to one listener cost the square of
 * their number: 2,000 took 0.25 s, 5,000 1.6 s and 10,000 15 s (2.6.12), a reload with 10,000 servers 0.6 s.
 */
const mostSteps = 5_000_000;

/** Whether a reload is the quicker way for so many additions. */
function tooMany({ listeners }: Observed, commands: readonly ServerCommand[]): readonly ReloadReason[] {
  const added = new Map<Front, number>();
  for (const command of commands) {
    if (command.do === "add") added.set(command.listener, (added.get(command.listener) ?? 0) + 1);
  }
  const steps = [...added].map(([port, count]) => count * ((listeners.get(port)?.servers.length ?? 0) + count / 2));
  if (steps.reduce((sum, each) => sum + each, 0) <= mostSteps) return [];
  return [{ code: "many-servers", count: commands.length }];
}
