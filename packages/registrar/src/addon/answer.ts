import { networkInterfaces } from "node:os";
import { ownAddresses, ProgramExit } from "@fairway/program";
import { type Handout, ipKind, reasonOf } from "@fairway/contract";
import { type OwnNode } from "@fairway/registry";
import type { Bridge, Container } from "../docker/container.ts";
import type { DockerEngine } from "../docker/engine.ts";
import { serviceNameOf } from "../endpoints/service-name.ts";
import type { HandedOut } from "./handed-out.ts";
import type { Journal } from "./journal.ts";
import { plainAddress, refuseHost, whoAsks } from "./who-asks.ts";

/** What is sent back: 403 to a source that may not be answered, 429 to one that asks too often, 503 when there is no answer now. */
export type Answer =
  | { readonly status: 200; readonly body: Handout }
  | { readonly status: 403 | 429 | 503; readonly body: { readonly error: string } };

/** What decides on answers. */
export type AnswerFacts = {
  readonly engine: Pick<DockerEngine, "inspect">;
  /** The running containers and Docker's gateway bridge, as they are after the question. */
  readonly look: () => Promise<Seen>;
  readonly node: OwnNode;
  /** The way to the registry as it is to be handed out now. Throws ProgramExit for a file that cannot be read. */
  readonly handedOut: () => HandedOut;
  readonly journal: Journal;
};

/** What one look at the engine tells of who may ask. */
export type Seen = {
  readonly containersAt: (ip: string) => readonly string[];
  readonly gatewayBridge: Bridge | undefined;
};

/** Looks at the engine. */
export async function lookAt(engine: Pick<DockerEngine, "containersByAddress" | "bridge">): Promise<Seen> {
  const [containersAt, gatewayBridge] = await Promise.all([
    engine.containersByAddress(),
    engine.bridge(gatewayBridgeName),
  ]);
  return { containersAt, gatewayBridge };
}

/** Where Swarm puts the containers of overlays for their way out. */
const gatewayBridgeName = "docker_gwbridge";

/** Answers one request; the engine is asked anew each time. Never rejects. */
export async function answer(facts: AnswerFacts, source: string, local: string): Promise<Answer> {
  const { journal } = facts;
  try {
    const outcome = await decide(facts, source, local);
    if (outcome.ok) {
      journal.answered(source, outcome.container);
      return { status: 200, body: outcome.handout };
    }
    journal.refused(source, outcome.reason);
    return { status: 403, body: { error: outcome.reason } };
  } catch (error) {
    const reason = error instanceof ProgramExit ? error.lines.join("; ") : `Docker does not tell: ${reasonOf(error)}`;
    journal.failed(source, reason);
    return { status: 503, body: { error: reason } };
  }
}

type Decision =
  | { readonly ok: true; readonly container: Container; readonly handout: Handout }
  | { readonly ok: false; readonly reason: string };

/** Who asks comes first: a stranger learns nothing of the settings. */
async function decide(facts: AnswerFacts, source: string, local: string): Promise<Decision> {
  const { node, handedOut } = facts;
  const addresses = hostAddresses();
  const host = refuseHost(source, local, addresses);
  if (host !== undefined) return host;
  const asker = whoAsks({ source, local, hostAddresses: addresses, ...(await candidates(facts, source)) });
  if (!asker.ok) return asker;
  const handed = handedOut();
  if (!handed.ok) return handed;
  const handing = handoutOf(asker.container, { node, hostAddresses: toldAddresses(), registry: handed.registry });
  return handing.ok ? { ...handing, container: asker.container } : handing;
}

function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => plainAddress(address)));
}

/** What somebody might write into a record. Those of interfaces that come and go with each container are left out. */
function toldAddresses(): readonly string[] {
  return [...(ownAddresses() ?? [])].filter((ip) => ipKind(ip) === undefined).sort();
}

/** The containers that may have an address, as the engine has them now. */
async function candidates({ engine, look }: AnswerFacts, ip: string) {
  const { containersAt, gatewayBridge } = await look();
  const members = gatewayBridge?.members.filter(({ ips }) => ips.includes(ip)) ?? [];
  const ids = new Set([...containersAt(ip), ...members.map(({ container }) => container)]);
  const read = await Promise.all([...ids].map((id) => engine.inspect(id)));
  return { gatewayBridge, containers: read.flatMap((each) => (each?.ok ? [each.container] : [])) };
}

/** What a container is handed, or why it cannot be. */
export type Handing =
  { readonly ok: true; readonly handout: Handout } | { readonly ok: false; readonly reason: string };

/** What a handout is made of beside the container. */
export type HandoutFacts = {
  readonly node: Pick<OwnNode, "node" | "address" | "zone">;
  /** The addresses of its machine. */
  readonly hostAddresses: readonly string[];
  readonly registry: Handout["registry"];
};

/** Tells a container who and where it is, and its way to the registry. A name that no record may carry is refused. */
export function handoutOf(container: Container, { node, hostAddresses, registry }: HandoutFacts): Handing {
  const { name, rejections } = serviceNameOf(container);
  const [rejection] = rejections;
  if (rejection !== undefined) return { ok: false, reason: `${rejection.label || "its name"}: ${rejection.reason}` };
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
      published: container.published.map(({ hostIp, hostPort }) => ({ ip: hostIp, port: hostPort })),
      hostAddresses: [...hostAddresses],
      registry,
    },
  };
}
