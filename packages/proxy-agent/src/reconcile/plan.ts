import { isDeepStrictEqual } from "node:util";
import { byFront, byText, frontOf, type Front } from "@fairway/contract";
import {
  diffServers,
  indexOfName,
  ownMaxconn,
  ownWeight,
  listEntries,
  type Difference,
  type Line,
  type Listener,
  type ListenerList,
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
import type { ReloadReason } from "./reload-reason.ts";

/** How to get from what runs to what is desired: a reload where there are reasons, else commands, else nothing. */
export type Plan = {
  /** Why it takes a reload; empty: it takes none. */
  readonly reasons: readonly ReloadReason[];
  /** Changes of servers at run time, removals last in each listener; also when other listeners take a reload. */
  readonly commands: readonly ServerCommand[];
  /** Lists of who may connect, and how often, that change at run time. */
  readonly lists: readonly ListChange[];
  /** The listeners that these commands bring to what is desired: those that changed and take no reload. */
  readonly listeners: readonly Listener[];
};

/** A list of a listener that is another one now. */
export type ListChange = { readonly listener: Front; readonly list: ListenerList };

/**
 * Compares what runs with what is desired. Endpoint changes never reload, unless HAProxy takes longer for so many: only
 * a listener that appears, ends or changes its own settings does, or a change of the proxy's settings. A listener that
 * was brought to this very object is passed over: what a change costs does not depend on how many others there are.
 * `outstanding` are reasons of another kind.
 */
export function planReconcile(observed: Observed, desired: Desired, outstanding: readonly ReloadReason[] = []): Plan {
  const plans = desired.listeners.flatMap((listener) => {
    const now = observed.listeners.get(frontOf(listener));
    return now?.isInStep && now.served === listener ? [] : [planListener(now, listener)];
  });
  const listenerReasons = [...plans.flatMap(({ reasons }) => reasons), ...endedListeners(observed, desired)];
  listenerReasons.sort((a, b) => byFront(frontIn(a), frontIn(b)));
  const reasons = [...sectionReasons(observed.sections, desired.sections), ...listenerReasons, ...outstanding];
  const commands = plans.flatMap((each) => each.commands);
  return {
    reasons: reasons.length > 0 ? reasons : tooMany(observed, commands),
    commands,
    lists: plans.flatMap((each) => each.lists),
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
  // A name that comes or goes is a listener, which asks for a reload itself, and may wait for one that it shares.
  if (!isDeepStrictEqual(observed.served?.names, desired.names)) return takesReload();
  const leaving = differing.flatMap(({ left, right }) => (right || left.admin === "maint" ? [] : [left]));
  const commands = [...differing.flatMap((each) => arrival(each, port)), ...departures(leaving, desired)];
  return { reasons: [], commands, lists: changedLists(observed, desired), listeners: [desired] };
}

function takesReload(...reasons: readonly ReloadReason[]): Plan {
  return { reasons, commands: [], lists: [], listeners: [] };
}

function endedListeners(observed: Observed, desired: Desired): readonly ReloadReason[] {
  const wanted = new Set(desired.listeners.map(frontOf));
  const ended = [...observed.listeners.keys()].filter((port) => !wanted.has(port));
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

function textOf(lines: Sections["global"]): string {
  return lines.map(({ text }) => text).join("\n");
}

function settingsReasons({ served }: ObservedListener, listener: Listener): readonly ReloadReason[] {
  if (served === undefined) return [];
  const { ssl, settings } = listener;
  const changed = [
    ...(served.ssl === ssl ? [] : ["ssl"]),
    ...(isDeepStrictEqual(withoutRoutes(served), withoutRoutes(listener)) ? [] : ["names"]),
    ...(isSame(served.settings.addresses, settings.addresses) ? [] : ["addresses"]),
    ...(isSame(served.settings.bind, settings.bind) ? [] : ["bind options"]),
    ...changedLines(served.settings.lines ?? [], settings.lines ?? []),
    ...newOrEndedLists(served.settings.lists ?? [], settings.lists ?? []),
  ];
  return changed.length === 0 ? [] : [{ code: "listener-settings", port: frontOf(listener), settings: changed }];
}

function withoutRoutes({ names }: Listener): unknown {
  return names && { ...names, routes: [] };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, index) => text === b[index]));
}

/** The settings of which lines came or went, each once. */
function changedLines(before: readonly Line[], now: readonly Line[]): readonly string[] {
  if (before === now || textOf(before) === textOf(now)) return [];
  const texts = [before, now].map((lines) => new Set(lines.map(({ text }) => text)));
  const changed = [...before, ...now].filter(({ text }) => texts.some((each) => !each.has(text)));
  return [...new Set(changed.flatMap(({ from }) => from.settings))];
}

/** A list is a file that a line names: whether there is one, and the time of a rate, takes a reload. */
function newOrEndedLists(before: readonly ListenerList[], now: readonly ListenerList[]): readonly string[] {
  const [had, has] = [before, now].map((lists) => new Set(lists.map(standingOf)));
  const differing = [...before, ...now].filter((list) => had?.has(standingOf(list)) !== has?.has(standingOf(list)));
  return [...new Set(differing.map(({ kind }) => kind.toUpperCase().replaceAll("-", "_")))].sort(byText);
}

function standingOf(list: ListenerList): string {
  return "per" in list ? `${list.kind} ${list.per}` : list.kind;
}

function changedLists({ served }: ObservedListener, { settings, ...listener }: Listener): readonly ListChange[] {
  const before = new Map((served?.settings.lists ?? []).map((list) => [list.kind, listEntries(list)]));
  const changed = (settings.lists ?? []).filter((list) => !isSame(before.get(list.kind) ?? [], listEntries(list)));
  return changed.map((list) => ({ listener: frontOf(listener), list }));
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
