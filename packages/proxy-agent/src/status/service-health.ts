import { endpointsPrefixOf, portOfFront, reasonOf, shown, type Front, type ServiceName } from "@fairway/contract";
import { isDown, type Haproxy, type ServerState } from "@fairway/haproxy";
import type { Readiness } from "@fairway/program";
import type { DesiredState } from "../desired/desired-state.ts";
import { serverNameStart } from "../desired/server-name.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import { frontsOf } from "../registry/endpoint-store.ts";
import type { RegistryCache } from "../registry/cache.ts";
import type { SeenEndpoint } from "../registry/seen.ts";

/** What a {@link ServiceHealth} looks at. */
export type ServiceHealthOptions = {
  readonly cache: Pick<RegistryCache, "isComplete" | "endpoints">;
  readonly desired: Pick<DesiredState, "rejections">;
  readonly reconciler: Pick<Reconciler, "refusals" | "waiting">;
  readonly haproxy: Pick<Haproxy, "servers">;
};

/** How long an answer about a service's health is given to all who ask. */
const sharedMs = 200;

/** `untilMs`: Infinity while HAProxy is being asked. */
type Answer = { untilMs: number; readonly readiness: Promise<Readiness> };

/**
 * Says whether this proxy serves a service with a server that is up: by what HAProxy runs, so also while the registry is
 * away and this agent has applied nothing yet. HAProxy is asked for the listeners of that service alone, once at a
 * time and in {@link sharedMs}; nothing is kept of services that this proxy does not know.
 */
export class ServiceHealth {
  readonly #options: ServiceHealthOptions;
  readonly #answers = new Map<string, Answer>();

  constructor(options: ServiceHealthOptions) {
    this.#options = options;
  }

  /** Ready: it is up; else the sentence that says why not. */
  async ask(service: ServiceName): Promise<Readiness> {
    const prefix = endpointsPrefixOf(service.project, service.service);
    const last = this.#answers.get(prefix);
    if (last && performance.now() < last.untilMs) return last.readiness;
    const endpoints = endpointsBelow(prefix, this.#options.cache);
    this.#answers.delete(prefix);
    if (endpoints.length === 0) return { ready: false, reason: whyNotServed(service, endpoints, this.#options) };
    const answer: Answer = { untilMs: Infinity, readiness: this.#look(service, endpoints) };
    this.#answers.set(prefix, answer);
    await answer.readiness;
    answer.untilMs = performance.now() + sharedMs;
    return answer.readiness;
  }

  async #look(service: ServiceName, endpoints: readonly SeenEndpoint[]): Promise<Readiness> {
    try {
      const judged = judgeHealth(endpoints, await this.#options.haproxy.servers(frontsOfAll(endpoints)));
      return judged ?? { ready: false, reason: whyNotServed(service, endpoints, this.#options) };
    } catch (error) {
      return { ready: false, reason: `HAProxy's current worker does not answer: ${reasonOf(error)}` };
    }
  }
}

/** Why HAProxy has no server of these endpoints, which are all that are known of a service. */
export function whyNotServed(
  { project, service }: ServiceName,
  endpoints: readonly SeenEndpoint[],
  { cache, desired, reconciler }: Omit<ServiceHealthOptions, "haproxy">,
): string {
  if (endpoints.length === 0 && !cache.isComplete) return "the registry has not been listed yet";
  if (endpoints.length === 0) return `this proxy knows no container of service ${shown(`${project}/${service}`)}`;
  const ports: readonly Front[] = frontsOfAll(endpoints);
  if (ports.length === 0) return "none of its containers asks for a front port of this proxy";
  const all: readonly Front[] = [...ports, ...ports.map(portOfFront)];
  const absent = [...reconciler.refusals, ...reconciler.waiting].find(({ listener }) => all.includes(listener));
  const prefix = endpointsPrefixOf(project, service);
  const refused = absent ?? desired.rejections().find(({ key }) => key.startsWith(prefix));
  return refused?.reason ?? "it has no server yet: its containers are starting, or wait for their claim";
}

function frontsOfAll(endpoints: readonly SeenEndpoint[]): readonly Front[] {
  return [...new Set(endpoints.flatMap(frontsOf))];
}

function endpointsBelow(prefix: string, { endpoints }: ServiceHealthOptions["cache"]): readonly SeenEndpoint[] {
  const found: SeenEndpoint[] = [];
  for (const endpoint of endpoints.values()) if (endpoint.key.startsWith(prefix)) found.push(endpoint);
  return found;
}

/** Judges endpoints by what HAProxy says of its servers; undefined: none of these is theirs. */
export function judgeHealth(
  endpoints: readonly Pick<SeenEndpoint, "at">[],
  states: readonly ServerState[],
): Readiness | undefined {
  const starts = new Set(endpoints.map(({ at }) => serverNameStart(at)));
  const own = states.filter(({ name }) => starts.has(name.slice(0, name.lastIndexOf(".") + 1)));
  if (own.length === 0) return undefined;
  if (own.some(takesConnections)) return { ready: true };
  const down = own.filter(isDown).length;
  const leaving = own.length - down;
  return { ready: false, reason: `none of its servers takes connections: ${down} down, ${leaving} on their way out` };
}

function takesConnections({ isUp, isInMaintenance, isDrained, weight }: ServerState): boolean {
  return isUp && !isInMaintenance && !isDrained && weight > 0;
}
