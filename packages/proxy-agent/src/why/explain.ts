import { shown, type ProxyRecord } from "@fairway/registry";
import { reach } from "../desired/reach.ts";
import type { SeenEndpoint } from "../subscription/seen.ts";
import type { ContainerRefusals, Known } from "./known.ts";

/** Lines for people; `isKnown` is false when no registrar tells of such a container. */
export type Explanation = { readonly isKnown: boolean; readonly lines: readonly string[] };

type Container = {
  readonly title: string;
  readonly refusals: ContainerRefusals | undefined;
  readonly endpoints: readonly SeenEndpoint[];
};

/**
 * Says why a container is routed or not: what its labels ask for that is refused, and for each endpoint what each proxy
 * does with it. `asked`: its name, the beginning of its id, its service, or `project:service`; undefined: every
 * container of which something is refused.
 */
export function explain(asked: string | undefined, known: Known): Explanation {
  const containers = containersIn(known).filter(({ names, container }) => {
    return asked === undefined ? container.refusals !== undefined : isMeant(asked, names);
  });
  const lines = containers.flatMap(({ container }) => [...about(container, known), ""]).slice(0, -1);
  if (lines.length > 0) return { isKnown: true, lines };
  return asked === undefined ? { isKnown: true, lines: ["nothing is refused"] } : unknown(asked, known);
}

type Names = { readonly id: string; readonly names: readonly string[] };

function isMeant(asked: string, { id, names }: Names): boolean {
  return names.includes(asked) || (asked.length >= 4 && id.startsWith(asked.slice(0, 12)));
}

function containersIn({ endpoints, refusals }: Known): readonly { names: Names; container: Container }[] {
  const places = [...refusals, ...endpoints.map(({ at }) => at)];
  const unique = new Map(places.map(({ node, container12 }) => [`${node}/${container12}`, { node, container12 }]));
  return [...unique.values()].map(({ node, container12 }) => {
    const own = endpoints.filter(({ at }) => at.node === node && at.container12 === container12);
    const told = refusals.find((each) => each.node === node && each.container12 === container12);
    const { project = "", service = "" } = own[0]?.at ?? told?.record ?? {};
    const name = own[0]?.container ?? told?.record.container.name ?? "";
    const names = { id: container12, names: [name, service, `${project}:${service}`] };
    const title = `${shown(name)} (${shown(container12)}) on node ${shown(node)}: project ${shown(project)}, service ${shown(service)}`;
    return { names, container: { title, refusals: told, endpoints: own } };
  });
}

function about({ title, refusals, endpoints }: Container, known: Known): readonly string[] {
  const refused = (refusals?.record.rejections ?? []).map(({ severity, label, value, reason }) => {
    const where = label === "" ? "" : `${shown(label)}${value === "" ? "" : ` "${shown(value)}"`}: `;
    return `  ${severity.padEnd(7)}  ${where}${shown(reason)}`;
  });
  const routed = endpoints.flatMap((endpoint) => [endpointLine(endpoint), ...proxyLines(endpoint, known)]);
  return [title, ...refused, ...(endpoints.length === 0 ? ["  no port of it is offered to proxies"] : routed)];
}

function endpointLine({ at, state, listen }: SeenEndpoint): string {
  const fronts = listen.map(({ port }) => port).join(", ") || "none";
  const note = state === "starting" ? ", takes no traffic until it accepts connections or READY_TIMEOUT is over" : "";
  return `  port ${at.port}: ${state}${note}; proxies listen on ${fronts}`;
}

function proxyLines(endpoint: SeenEndpoint, { proxies }: Known): readonly string[] {
  if (proxies.length === 0) return ["    no proxy is in the registry"];
  const width = Math.max(...proxies.map(({ name }) => shown(name).length));
  return proxies.map(({ name, record }) => `    ${shown(name).padEnd(width)}  ${atProxy(endpoint, record)}`);
}

/** What one proxy does with an endpoint, by its own record. */
function atProxy(endpoint: SeenEndpoint, { scope, vantage, rejections, lastError }: ProxyRecord): string {
  if (!scope.some((prefix) => endpoint.key.startsWith(prefix))) {
    return `no: outside of its scope (${scope.map(shown).join(", ")}); COMPOSE_PROJECT_NAME and ADDITIONAL_SERVICES set it`;
  }
  const ports = endpoint.listen.map(({ port }) => `port_${port}`);
  const own = rejections.first.filter(({ key }) => key === endpoint.key || ports.includes(key));
  if (own.length > 0) return `no: ${own.map(({ reason }) => shown(reason)).join("; ")}`;
  const reached = reach(endpoint, vantage);
  if (!reached.ok) return `no: ${shown(reached.reason)}`;
  const trouble = lastError === null ? "" : `; but it reports: ${shown(lastError)}`;
  const more =
    rejections.count > rejections.first.length ? "; it refuses more than it tells here: see its /status" : "";
  return `yes, at ${reached.ip}:${reached.port}: ${shown(reached.why)}${trouble}${more}`;
}

function unknown(asked: string, { nodes }: Known): Explanation {
  const registrars = nodes.map(({ node, synced }) => `${shown(node)}${synced ? "" : " (not in step yet)"}`).sort();
  return {
    isKnown: false,
    lines: [
      `no registrar tells of "${shown(asked)}": it does not run, or none of its labels begins with aliyun.proxy.,`,
      `or its node has no registrar. Registrars: ${registrars.join(", ") || "none"}`,
    ],
  };
}
