import {
  byText,
  decode,
  endpointsPrefix,
  endpointStates,
  parseSettingsKey,
  serviceSettingsSchema,
  settingsPrefix,
} from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { z } from "zod";
import { endpoints, frontsOf, type EndpointItem } from "./endpoints.ts";
import { type Kind, readBelow, some } from "./kind.ts";

const serviceSchema = z.object({
  name: z.string().describe("project/service"),
  project: z.string(),
  service: z.string(),
  ports: z.array(z.string()).describe("front ports: 6379, 443/ssl, or 6379@proxy_test of a load balancer"),
  containers: z.int(),
  nodes: z.array(z.string()),
  endpoints: z.object({ total: z.int(), states: z.record(z.enum(endpointStates), z.int()), drained: z.int() }),
  settings: z.record(z.string(), z.string()).describe("what operators set, as it stands in the registry"),
});

/** What endpoints group under. */
export type ServiceItem = z.output<typeof serviceSchema>;

type SetByOperator = {
  readonly project: string;
  readonly service: string;
  readonly settings: Readonly<Record<string, string>>;
};

/** Every service that has endpoints, or settings of an operator. */
export const services: Kind<ServiceItem> = {
  prefixes: [endpointsPrefix, settingsPrefix],
  schema: serviceSchema,
  read: readServices,
  alsoCalled: ({ project, service }) => [service, `${project}:${service}`],
  projectOf: ({ project }) => project,
  columns: [
    { title: "SERVICE", text: ({ name }) => name },
    { title: "PORTS", text: ({ ports }) => some(ports) },
    { title: "READY", text: ({ endpoints }) => `${endpoints.states.ready}/${endpoints.total}` },
    { title: "CONTAINERS", text: ({ containers }) => String(containers) },
    { title: "NODES", text: ({ nodes }) => some(nodes) },
    {
      title: "SET BY OPERATOR",
      text: ({ settings, endpoints }) => some(setIn(Object.keys(settings), endpoints.drained)),
    },
    { title: "NOT READY", text: ({ endpoints }) => notReady(endpoints.states), isWide: true },
  ],
};

function readServices(stored: readonly Stored[]): { items: readonly ServiceItem[]; leftOut: readonly string[] } {
  const read = endpoints.read(stored);
  const set = readBelow(stored, settingsPrefix, readSet);
  const settings = new Map(set.items.map((each) => [nameOf(each), each]));
  const byService = groupByService(read.items);
  const names = [...new Set([...byService.keys(), ...settings.keys()])].toSorted(byText);
  return {
    items: names.map((name) => serviceOf(name, byService.get(name) ?? [], settings.get(name))),
    leftOut: [...read.leftOut, ...set.leftOut],
  };
}

function groupByService(items: readonly EndpointItem[]): ReadonlyMap<string, readonly EndpointItem[]> {
  const groups = new Map<string, EndpointItem[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group === undefined) groups.set(nameOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function nameOf({ project, service }: { readonly project: string; readonly service: string }): string {
  return `${project}/${service}`;
}

function serviceOf(name: string, all: readonly EndpointItem[], set: SetByOperator | undefined): ServiceItem {
  const { project = "", service = "" } = all[0] ?? set ?? {};
  const count = (state: EndpointItem["state"]) => all.filter((each) => each.state === state).length;
  const states = {
    starting: count("starting"),
    ready: count("ready"),
    unhealthy: count("unhealthy"),
    draining: count("draining"),
  };
  return {
    name,
    project,
    service,
    ports: [...new Set(all.flatMap(frontsOf))],
    containers: new Set(all.map(({ node, container }) => `${node}/${container.id}`)).size,
    nodes: [...new Set(all.map(({ node }) => node))].toSorted(byText),
    endpoints: { total: all.length, states, drained: all.filter(({ drained }) => drained === true).length },
    settings: set?.settings ?? {},
  };
}

function setIn(names: readonly string[], drained: number): readonly string[] {
  return drained === 0 ? names : [...names, `${drained} drained`];
}

function notReady(states: ServiceItem["endpoints"]["states"]): string {
  const others = Object.entries(states).filter(([state, count]) => state !== "ready" && count > 0);
  return some(others.map(([state, count]) => `${count} ${state}`));
}

function readSet({ key, value }: Stored): SetByOperator | string {
  const service = parseSettingsKey(key);
  if (service === undefined) return "the key is not that of a service's settings";
  const decoded = decode(serviceSettingsSchema, value);
  return decoded.ok ? { ...service, settings: decoded.record.settings } : decoded.reason;
}
