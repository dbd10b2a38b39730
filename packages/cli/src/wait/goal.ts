import { alignColumns, counted, endpointsPrefix, endpointsPrefixOf, shown } from "@fairway/contract";
import type { Known, Route, RoutedContainer } from "@fairway/proxy-agent";
import { knownPrefixes, routesOf } from "@fairway/proxy-agent";
import type { Selector } from "@fairway/registry";

/** What is waited for. `on`: a node, a proxy as `node/proxy`, or `all`. */
export type Goal =
  | { readonly is: "ready"; readonly count: number }
  | { readonly is: "gone" }
  | { readonly is: "routed"; readonly on: string };

/** How it stands, in lines that are safe to show. */
export type WaitVerdict = {
  readonly isReached: boolean;
  /** Somebody refuses it: time alone does not help. */
  readonly isRefused: boolean;
  /** False where a proxy refuses more than its record tells: its agent alone knows whether this is among it. */
  readonly isSure: boolean;
  readonly lines: readonly string[];
  /** What a proxy has not said yet that it has applied; undefined: nothing is to be told. */
  readonly awaited?: bigint | undefined;
};

/** Where {@link judge} looks: of a service its own endpoints alone, whatever else there is. */
export function selectorsOf(asked: string): readonly Selector[] {
  const [project = "", service, more] = asked.split("/");
  const isService = service !== undefined && service !== "" && more === undefined;
  const prefixes = knownPrefixes.map((prefix) => {
    return isService && prefix === endpointsPrefix ? endpointsPrefixOf(project, service) : prefix;
  });
  return prefixes.map((prefix) => ({ prefix }));
}

/** Whether what is waited for is so, by what the registry says. */
export function judge(goal: Goal, asked: string, known: Known): WaitVerdict {
  const containers = routesOf(asked, known);
  if (goal.is === "gone") return judgeGone(containers, asked);
  if (containers.length === 0) return open(`no registrar tells of ${shown(asked)}`);
  return goal.is === "ready" ? judgeReady(containers, goal.count) : judgeRouted(containers, goal.on);
}

function open(line: string): WaitVerdict {
  return { isReached: false, isRefused: false, isSure: true, lines: [line] };
}

function judgeGone(containers: readonly RoutedContainer[], asked: string): WaitVerdict {
  if (containers.length > 0) return open(`still there: ${counted(containers.length, "container")}`);
  return { isReached: true, isRefused: false, isSure: true, lines: [`${shown(asked)} is gone`] };
}

function judgeReady(containers: readonly RoutedContainer[], count: number): WaitVerdict {
  const ready = containers.filter(({ states }) => states.length > 0 && states.every((state) => state === "ready"));
  const lines = [`${ready.length} of ${counted(containers.length, "container")} ready`];
  return { isReached: ready.length >= count, isRefused: false, isSure: true, lines };
}

function judgeRouted(containers: readonly RoutedContainer[], on: string): WaitVerdict {
  const meant = ({ name, served }: Route) => {
    return served !== "unasked" && (on === "all" || name === on || name.startsWith(`${on}/`));
  };
  const routes = containers.flatMap((container) => container.routes.filter(meant));
  const refused = containers.filter(({ isRefused }) => isRefused);
  const proxies = [...new Set(routes.map(({ name }) => name))].toSorted();
  const rows = proxies.map((proxy) => [shown(proxy), worstOf(routes.filter(({ name }) => name === proxy))]);
  const hasNone = containers.some((container) => !container.routes.some(meant));
  return {
    isReached: routes.every(isDone) && !hasNone && refused.length === 0,
    isRefused: refused.length > 0 || routes.some(isRefusedRoute),
    isSure: routes.every(({ served }) => served !== "unsure"),
    lines: [
      ...refused.map(refusedLine),
      ...(proxies.length === 0 ? [`no proxy ${on === "all" ? "" : `of ${shown(on)} `}is to serve it`] : []),
      ...alignColumns(rows),
    ],
    awaited: newestOf(routes.filter(({ isReady, isApplied }) => isReady && !isApplied)),
  };
}

/** The newest revision of routes that their proxies have not told of. */
export function newestOf(routes: readonly Route[]): bigint | undefined {
  const [first, ...others] = routes.map(({ revision }) => revision);
  return others.reduce((newest, each) => (newest !== undefined && newest > each ? newest : each), first);
}

/** The line for a container of which its registrar refuses something. */
export function refusedLine({ title }: RoutedContainer): string {
  return `${title}: its registrar refuses what its labels ask for`;
}

/** Whether its proxy refuses it, and not only does not serve it yet. */
export function isRefusedRoute({ served, isReady, isApplied }: Route): boolean {
  return served === "no" && isReady && isApplied;
}

/** As far as its proxy's record tells. */
export function isServed({ served }: Route): boolean {
  return served === "yes" || served === "unsure";
}

function isDone(route: Route): boolean {
  return isServed(route) && route.isApplied;
}

/** One line for all that a proxy does with a service: the first that is missing, if any is. */
export function worstOf(routes: readonly Route[]): string {
  const missing = routes.find((route) => !isServed(route)) ?? routes.find((route) => !isDone(route));
  if (missing !== undefined) return isServed(missing) ? "not yet: it has not applied this" : missing.text;
  return routes.find(({ served }) => served === "unsure")?.text ?? "yes";
}
