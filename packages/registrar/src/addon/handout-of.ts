import type { Handout } from "@fairway/contract";
import type { OwnNode } from "@fairway/registry";
import type { Container } from "../docker/container.ts";
import { serviceNameOf } from "../endpoints/names.ts";

/** What a container is handed, or why it cannot be. */
export type Handing =
  { readonly ok: true; readonly handout: Handout } | { readonly ok: false; readonly reason: string };

/** What a handout is made of beside the container. */
export type HandoutFacts = {
  readonly node: Pick<OwnNode, "node" | "address" | "zone">;
  readonly registry: Handout["registry"];
};

/** Tells a container who and where it is, and its way to the registry. A name that no record may carry is refused. */
export function handoutOf(container: Container, { node, registry }: HandoutFacts): Handing {
  const { name, rejections } = serviceNameOf(container);
  const [rejection] = rejections;
  if (rejection !== undefined) return { ok: false, reason: `${rejection.label ?? "its name"}: ${rejection.reason}` };
  const networks = container.networks.filter(({ isIngress }) => !isIngress);
  return {
    ok: true,
    handout: {
      v: 1,
      node: node.node,
      nodeAddress: node.address,
      zone: node.zone,
      proxy: container.name,
      project: name.project,
      service: name.service,
      networks: networks.map(({ id, name: network, scope }) => ({ id, name: network, scope })),
      registry,
    },
  };
}
