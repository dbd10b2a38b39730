import { shown } from "@fairway/contract";
import type { SeenEndpoint } from "../subscription/seen.ts";
import type { ContainerRefusals, Known } from "./known.ts";

/** One container as the registry tells of it. */
export type KnownContainer = {
  readonly container12: string;
  /** What people may call it: its name, its service, `project:service`. */
  readonly names: readonly string[];
  /** One line, safe to show. */
  readonly title: string;
  readonly refusals: ContainerRefusals | undefined;
  readonly endpoints: readonly SeenEndpoint[];
};

/** Every container of which the registry has an endpoint or a refusal. */
export function containersIn({ endpoints, refusals }: Known): readonly KnownContainer[] {
  const told = new Map(refusals.map((each) => [placeOf(each), each]));
  const served = new Map<string, SeenEndpoint[]>();
  for (const endpoint of endpoints) {
    const place = placeOf(endpoint.at);
    const others = served.get(place);
    if (others) others.push(endpoint);
    else served.set(place, [endpoint]);
  }
  return [...new Set([...told.keys(), ...served.keys()])].map((place) =>
    containerOf(told.get(place), served.get(place) ?? []),
  );
}

type Place = { readonly node: string; readonly container12: string };

function placeOf({ node, container12 }: Place): string {
  return `${node}/${container12}`;
}

function containerOf(refusals: ContainerRefusals | undefined, endpoints: readonly SeenEndpoint[]): KnownContainer {
  const [first] = endpoints;
  const { node = "", container12 = "" } = first?.at ?? refusals ?? {};
  const { project = "", service = "" } = first?.at ?? refusals?.record ?? {};
  const name = first?.container ?? refusals?.record.container.name ?? "";
  const [id, at, group, part] = [container12, node, project, service].map(shown);
  const title = `${shown(name)} (${id}) on node ${at}: project ${group}, service ${part}`;
  return { container12, names: [name, service, `${project}:${service}`], title, refusals, endpoints };
}
