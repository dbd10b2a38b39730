import { byFront, frontOf, isSameIp, partsOfFront, type Front } from "@fairway/contract";
import {
  assignedIn,
  byListener,
  changeServers,
  diffServers,
  findServer,
  isLimit,
  isSpareFront,
  ownWeight,
  sectionName,
  serverOfCommand,
  sortServers,
  type Configuration,
  type Listener,
  type WorkerNames,
  type Sections,
  type Server,
  type ServerCommand,
  type ServerState,
  type SortedServers,
  type WorkerReading,
} from "@fairway/haproxy";
import { heldInSpares, startedNames, startedWith } from "./observed-names.ts";

/** What HAProxy's current worker holds, as far as it is remembered or was read back. A value: changes give a new one. */
export type Observed = {
  /** The description of its configuration, which tells with which settings it runs. */
  readonly description: string;
  /** The sections outside the listeners that it was started with; undefined: not known. */
  readonly sections: Sections | undefined;
  readonly listeners: ReadonlyMap<Front, ObservedListener>;
  /** What it has of names on ports. */
  readonly names: WorkerNames;
};

/** One listener of the current worker. */
export type ObservedListener = {
  readonly port: number;
  /** One of several names on that port; absent: the port itself. */
  readonly name?: string | undefined;
  /** The spare backend that the name has. (a section of its own) */
  readonly section?: string | undefined;
  readonly servers: SortedServers<ObservedServer>;
  /** The desired listener that it was last brought to; undefined: not known. */
  readonly served: Listener | undefined;
  /** True while it is remembered to be just that, but for servers on their way out. */
  readonly isInStep: boolean;
};

/** `maint`: on its way out, kept until its sessions are over. */
export type ObservedServer = Omit<Server, "admin"> & { readonly admin: Server["admin"] | "maint" };

/** A server of a listener, if there are both. */
export function observedServer({ listeners }: Observed, front: Front, name: string): ObservedServer | undefined {
  return findServer(listeners.get(front)?.servers ?? [], name);
}

/** A worker that was just started with this configuration. */
export function observedAs({ sections, listeners }: Configuration, description: string): Observed {
  const started = listeners.map((listener): readonly [Front, ObservedListener] => {
    const front = frontOf(listener);
    return [front, { ...partsOfFront(front), servers: listener.servers, served: listener, isInStep: true }];
  });
  return { description, sections, listeners: new Map(started), names: startedNames(listeners) };
}

/** What an adopted HAProxy runs, before it is known with which settings: a listener for each section with servers. */
export function adopted(reading: WorkerReading): Observed {
  const { info, names } = reading;
  return observe({ description: info.description, sections: undefined, listeners: new Map(), names }, reading);
}

/** What runs by HAProxy's own account; its settings are known only while it has the description from before. */
export function observe(before: Observed, reading: WorkerReading): Observed {
  if (reading.info.description !== before.description) return adopted(reading);
  return readBack(located(before, reading), reading.servers);
}

/** What an adopted HAProxy runs, known to have been started for what is desired; undefined: it was not. */
export function recognised(
  { description, names }: Observed,
  desired: Configuration,
  fingerprint: (configuration: Configuration) => string,
): Observed | undefined {
  const started = startedWith(desired, names);
  const held = heldInSpares(desired, names);
  if (held === undefined || fingerprint(started) !== description) return undefined;
  const known = observedAs(started, description);
  const inSpares = [...held].map(([front, served]): readonly [Front, ObservedListener] => {
    return [front, { ...partsOfFront(front), servers: served.servers, served, isInStep: true }];
  });
  return { ...known, listeners: new Map([...known.listeners, ...inSpares]), names };
}

/** Listeners where the worker has them, by its own account; those that it has not are left out. */
function located({ listeners, ...before }: Observed, { servers, names }: WorkerReading): Observed {
  const assigned = assignedIn(names);
  const found = new Map<Front, ObservedListener>();
  for (const [front, listener] of listeners) {
    const section = assigned.get(front);
    const isThere = listener.name === undefined || section !== undefined || names.sections.has(sectionName(front));
    if (isThere) found.set(front, { ...listener, section });
  }
  for (const front of [...assigned.keys(), ...servers.map(({ listener }) => listener)]) {
    const section = assigned.get(front);
    if (!found.has(front))
      found.set(front, { ...partsOfFront(front), section, servers: [], served: undefined, isInStep: false });
  }
  return { ...before, listeners: found, names };
}

/**
 * The servers by HAProxy's own account. HAProxy tells no options: `known` lends them to servers of the same name, which
 * is the same server. Listeners and sections are those of `known`.
 */
export function readBack(known: Observed, states: readonly ServerState[]): Observed {
  const byPort = byListener(states);
  const listeners = [...known.listeners.values()].map((listener): readonly [Front, ObservedListener] => {
    const servers = (byPort.get(frontOf(listener)) ?? []).map((state) =>
      serverOf(state, findServer(listener.servers, state.name)),
    );
    return [frontOf(listener), { ...listener, servers: sortServers(servers), isInStep: false }];
  });
  return { ...known, listeners: new Map(listeners) };
}

/** What runs, without the `maxconn` of servers that have one: HAProxy tells of none, and a plan gives each its own again. */
export function unsureOfBounds(observed: Observed): Observed {
  const listeners = [...observed.listeners.values()].map((listener): readonly [Front, ObservedListener] => {
    return [frontOf(listener), { ...listener, servers: listener.servers.map(unbounded) }];
  });
  return { ...observed, listeners: new Map(listeners) };
}

function unbounded(server: ObservedServer): ObservedServer {
  const { options } = server;
  if (!options.includes("maxconn")) return server;
  return { ...server, options: options.filter((word, at) => word !== "maxconn" && options[at - 1] !== "maxconn") };
}

/** Its lists of who may connect may have changed since it began: what they are now is not known. */
export function withoutLists(observed: Observed): Observed {
  const listeners = [...observed.listeners.values()].map((each): readonly [Front, ObservedListener] => {
    const { served } = each;
    if (served?.settings.lists === undefined) return [frontOf(each), each];
    const lists = served.settings.lists.map((list) =>
      isLimit(list) ? { ...list, most: 0 } : { ...list, networks: ["?"] },
    );
    return [frontOf(each), { ...each, served: { ...served, settings: { ...served.settings, lists } } }];
  });
  return { ...observed, listeners: new Map(listeners) };
}

/** What runs after these commands; those on a listener or server that does not exist change nothing. */
export function applyCommands(observed: Observed, commands: readonly ServerCommand[]): Observed {
  if (commands.length === 0) return observed;
  const listeners = new Map(observed.listeners);
  for (const [front, ofListener] of byListener(commands)) {
    const listener = listeners.get(front);
    if (listener) listeners.set(front, { ...listener, servers: applied(listener.servers, ofListener) });
  }
  return { ...observed, listeners };
}

/** What runs, known to be what these listeners ask for. Servers that HAProxy told of get their options from there. */
export function bringTo(observed: Observed, sections: Sections | undefined, served: readonly Listener[]): Observed {
  if (served.length === 0) return { ...observed, sections };
  const listeners = new Map(observed.listeners);
  for (const listener of served) {
    const front = frontOf(listener);
    const { servers = [], isInStep = false, section } = listeners.get(front) ?? {};
    const now = isInStep ? servers : withDetails(servers, listener.servers);
    const held = section === undefined ? partsOfFront(front) : { ...partsOfFront(front), section };
    listeners.set(front, { ...held, servers: now, served: listener, isInStep: true });
  }
  return { ...observed, sections, listeners };
}

/** The configuration that it runs; undefined: not known. */
export function servedConfiguration({ sections, listeners }: Observed): Configuration | undefined {
  if (sections === undefined) return undefined;
  const served = [...listeners].flatMap(([front, each]) => (isSpareFront(front) ? [] : (each.served ?? [])));
  return { sections, listeners: served.sort((a, b) => byFront(frontOf(a), frontOf(b))) };
}

/** A later command on a server counts for more than an earlier one. */
function applied(
  servers: SortedServers<ObservedServer>,
  commands: readonly ServerCommand[],
): SortedServers<ObservedServer> {
  const now = new Map<string, ObservedServer | undefined>();
  for (const command of commands) {
    const name = serverOfCommand(command);
    const before = now.has(name) ? now.get(name) : findServer(servers, name);
    now.set(name, afterCommand(before, command));
  }
  const put = [...now.values()].filter((server) => server !== undefined);
  return changeServers(servers, { put, remove: now.keys() });
}

function afterCommand(before: ObservedServer | undefined, command: ServerCommand): ObservedServer | undefined {
  if (command.do === "add") return command.server;
  if (before === undefined || command.do === "delete") return undefined;
  if (command.do === "maint") return { ...before, admin: "maint" };
  return "server" in command ? command.server : before;
}

function withDetails(
  servers: SortedServers<ObservedServer>,
  desired: SortedServers<Server>,
): SortedServers<ObservedServer> {
  const same = diffServers(servers, desired).flatMap(({ left, right }) => {
    return left && right && left.admin === right.admin ? [right] : [];
  });
  return same.length === 0 ? servers : changeServers<ObservedServer>(servers, { put: same });
}

function serverOf(state: ServerState, known: ObservedServer | undefined): ObservedServer {
  const { name, ip, port } = state;
  const details: Omit<Server, "admin"> = known ?? { name, ip, port, options: [], endpoint: "" };
  const isMoved = port !== details.port || !isSameIp(ip, details.ip);
  const admin = adminOf(state, details.options);
  if (known?.admin === admin && !isMoved) return known;
  return { ...details, ...(isMoved ? { ip, port } : {}), admin };
}

/** Weight 0 means drained, unless it is the weight that the server is meant to have. */
function adminOf(
  { isInMaintenance, isDrained, weight }: ServerState,
  options: readonly string[],
): ObservedServer["admin"] {
  if (isInMaintenance) return "maint";
  return isDrained || (weight === 0 && ownWeight(options) !== 0) ? "drain" : "ready";
}
