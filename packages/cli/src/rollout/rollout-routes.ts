import { alignColumns, shown } from "@fairway/contract";
import { type Known, type Route, type RoutedContainer, routesOf } from "@fairway/proxy-agent";
import { isRefusedRoute, isServed, newestOf, refusedLine, type WaitVerdict, worstOf } from "../wait/goal.ts";

/** Containers of a service that a rollout looks at. */
export type Watched = {
  /** `project/service` */
  readonly service: string;
  /** Their names by the first twelve digits of their ids. */
  readonly names: ReadonlyMap<string, string>;
};

/** What new containers are held against: the proxies that serve the old, and whether a label of those is refused too. */
export type Before = { readonly proxies: ReadonlySet<string>; readonly isRefused: boolean };

/** `isHopeless`: a registrar refuses what labels of the new ones ask for, which it did not refuse of the old. */
export type RolloutVerdict = WaitVerdict & { readonly isHopeless: boolean };

/** Where containers are served now. */
export function beforeOf(watched: Watched, known: Known): Before {
  const found = foundOf(watched, known);
  const served = found.flatMap(({ routes }) => routes.filter(isServing));
  return { proxies: new Set(served.map(({ name }) => name)), isRefused: found.some(({ isRefused }) => isRefused) };
}

/**
 * Whether every proxy that serves the old containers serves each of these; where none does, every proxy that is to.
 */
export function judgeNew(watched: Watched, before: Before, known: Known): RolloutVerdict {
  const found = foundOf(watched, known);
  const asked = found.map(({ routes }) => routes.filter(isAskedOf(before.proxies)));
  const routes = asked.flat();
  const proxies = before.proxies.size === 0 ? new Set(routes.map(({ name }) => name)) : before.proxies;
  const absent = [...watched.names].filter(([id]) => !found.some(({ container12 }) => container12 === id));
  const refused = before.isRefused ? [] : found.filter(({ isRefused }) => isRefused);
  const rows = [...proxies].toSorted().map((proxy) => [shown(proxy), stateAt(proxy, asked)] as const);
  const isEverywhere = rows.length > 0 && rows.every(([, state]) => state === "yes");
  return {
    isReached: absent.length === 0 && refused.length === 0 && isEverywhere,
    isHopeless: refused.length > 0,
    isSure: routes.every(({ served }) => served !== "unsure"),
    isRefused: refused.length > 0 || routes.some(isRefusedRoute),
    lines: [
      ...refused.map(refusedLine),
      ...absent.map(([, name]) => `${shown(name)}: no registrar tells of it`),
      ...(rows.length === 0 && absent.length === 0 ? ["no proxy is to serve it"] : []),
      ...alignColumns(rows.filter(([, state]) => state !== "yes")),
    ],
    awaited: newestOf(routes.filter(({ isReady, isApplied }) => isReady && !isApplied)),
  };
}

/** What one proxy does with containers, in a line: the first that is missing. */
function stateAt(proxy: string, asked: readonly (readonly Route[])[]): string {
  const own = asked.map((routes) => routes.filter(({ name }) => name === proxy));
  if (own.some((routes) => routes.length === 0)) return "it does not tell of it";
  const routes = own.flat().map((route) => (route.served === "unsure" ? { ...route, served: "yes" as const } : route));
  return worstOf(routes);
}

/** Whether no proxy that served these containers, or of any that is to, gives them new connections any more. */
export function judgeLetGo(watched: Watched, served: ReadonlySet<string>, known: Known): WaitVerdict {
  const routes = foundOf(watched, known).flatMap((container) => container.routes);
  const asked = routes.filter(isAskedOf(served));
  const held = asked.filter(({ isReady, isApplied }) => isReady || !isApplied);
  const proxies = [...new Set(held.map(({ name }) => name))].toSorted();
  return {
    isReached: held.length === 0,
    isRefused: false,
    isSure: true,
    lines: proxies.map((proxy) => `${shown(proxy)}  has not taken the drain in yet`),
    awaited: newestOf(held.filter(({ isReady }) => !isReady)),
  };
}

/** Proxies that served before; where none did, those in whose scope it is. */
function isAskedOf(proxies: ReadonlySet<string>): (route: Route) => boolean {
  return ({ name, served }) => (proxies.size === 0 ? served !== "unasked" : proxies.has(name));
}

function isServing(route: Route): boolean {
  return route.isReady && route.isApplied && isServed(route);
}

function foundOf({ service, names }: Watched, known: Known): readonly RoutedContainer[] {
  return routesOf(service, known).filter(({ container12 }) => names.has(container12));
}
