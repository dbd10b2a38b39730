import { byText, drainKey, type NodeContainer, parseDrainKey, shown, wholeNode } from "@fairway/contract";
import type { EndpointItem } from "../resources/endpoints.ts";

/** A container, or a whole node, with what it is called, safe to show. */
export type DrainTarget = NodeContainer & { readonly title: string };

/** What the registry has that can be drained, and what is. */
export type Drainable = {
  readonly endpoints: readonly EndpointItem[];
  readonly nodes: readonly string[];
  readonly drains: readonly NodeContainer[];
};

/** What a name means; `isSeveral`: it means more than one. */
export type FoundTarget =
  | { readonly ok: true; readonly target: DrainTarget }
  | { readonly ok: false; readonly isSeveral: boolean; readonly reason: string };

/**
 * Finds a node, or a container by its name or the beginning of its id (4 digits or more), also as `node/container`. What
 * is drained is found although it is gone; `node/*`, and `node/` with 12 digits of an id, although nobody has seen it.
 */
export function findTarget(asked: string, { endpoints, nodes, drains }: Drainable): FoundTarget {
  const exact = exactTarget(asked);
  if (exact?.container12 === wholeNode) return { ok: true, target: { ...exact, title: titleOf(exact, "") } };
  const known = [...nodes.map((node) => ({ node, container12: wholeNode })), ...drains];
  const whole = known.filter(({ node, container12 }) => container12 === wholeNode && node === asked);
  const containers = [
    ...endpoints.map((each) => ({ ...placeOf(each), name: each.container.name })),
    ...drains.filter(({ container12 }) => container12 !== wholeNode).map((each) => ({ ...each, name: "" })),
  ];
  const found = containers.filter((each) => isCalled(each, asked) || isCalled(each, asked, `${each.node}/`));
  const named = [...found, ...whole.map((each) => ({ ...each, name: "" }))];
  const targets = new Map<string, DrainTarget>();
  for (const { node, container12, name } of named) {
    const key = `${node}/${container12}`;
    if (!targets.has(key)) targets.set(key, { node, container12, title: titleOf({ node, container12 }, name) });
  }
  const [target] = targets.values();
  if (target === undefined && exact !== undefined) return { ok: true, target: { ...exact, title: titleOf(exact, "") } };
  if (target === undefined)
    return { ok: false, isSeveral: false, reason: `no container or node called ${shown(asked)}` };
  if (targets.size === 1) return { ok: true, target };
  const titles = [...targets.values()].map(({ title }) => title).toSorted(byText);
  const written = [...targets.keys()]
    .toSorted(byText)
    .slice(0, 4)
    .map((each) => shown(each));
  const reason = `${shown(asked)} may be ${titles.slice(0, 4).join(", ")}: write ${written.join(" or ")}`;
  return { ok: false, isSeveral: true, reason };
}

/** What `node/*`, or `node/` with 12 digits of an id, means by itself. */
function exactTarget(asked: string): NodeContainer | undefined {
  const at = asked.lastIndexOf("/");
  return at < 1 ? undefined : parseDrainKey(drainKey({ node: asked.slice(0, at), container12: asked.slice(at + 1) }));
}

function placeOf({ node, container }: EndpointItem): NodeContainer {
  return { node, container12: container.id.slice(0, 12) };
}

function isCalled({ name, container12 }: { name: string; container12: string }, asked: string, before = ""): boolean {
  const rest = asked.startsWith(before) ? asked.slice(before.length) : "";
  return (rest !== "" && rest === name) || (rest.length >= 4 && container12.startsWith(rest.slice(0, 12)));
}

function titleOf({ node, container12 }: NodeContainer, name: string): string {
  if (container12 === wholeNode) return `node ${shown(node)}`;
  return `container ${shown(name === "" ? container12 : name)} on node ${shown(node)}`;
}

/** Why nothing may come of a drain: who would read it, or what it is of, is not in the registry. Empty: it is. */
export function unseen(target: NodeContainer, { nodes, endpoints }: Drainable): readonly string[] {
  if (!nodes.includes(target.node)) {
    return [`no registrar of node ${shown(target.node)} is in the registry: nothing comes of it until one is`];
  }
  if (target.container12 === wholeNode || endpoints.some((each) => isOfTarget(each, target))) return [];
  return ["nothing of this container is in the registry: nothing comes of it until something is"];
}

/** True for an endpoint of a container, or of its node. */
export function isOfTarget(endpoint: EndpointItem, { node, container12 }: NodeContainer): boolean {
  const place = placeOf(endpoint);
  return place.node === node && (container12 === wholeNode || place.container12 === container12);
}

/** The services that have no server left which takes connections once a target is drained. */
export function servicesLeftWithout(target: NodeContainer, endpoints: readonly EndpointItem[]): readonly string[] {
  const nameOf = ({ project, service }: EndpointItem) => `${project}/${service}`;
  const takes = (each: EndpointItem) => each.state === "ready" && each.drained !== true && !isOfTarget(each, target);
  const served = new Set(endpoints.filter(takes).map(nameOf));
  const drained = endpoints.filter((each) => isOfTarget(each, target)).map(nameOf);
  return [...new Set(drained)].filter((name) => !served.has(name)).toSorted(byText);
}
