import { networkInterfaces } from "node:os";
import { ProgramExit } from "@fairway/program";
import { type Handout, reasonOf } from "@fairway/contract";
import { type OwnNode } from "@fairway/registry";
import type { Container } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import type { HandedOut } from "./handed-out.ts";
import { handoutOf } from "./handout-of.ts";
import type { Journal } from "./journal.ts";
import { plainAddress, whoAsks } from "./who-asks.ts";

/** What is sent back: 403 for who may not be answered, 503 when it cannot be told now. */
export type Answer =
  | { readonly status: 200; readonly body: Handout }
  | { readonly status: 403 | 503; readonly body: { readonly error: string } };

/** What answers are made of. */
export type AnswerFacts = {
  readonly engine: Pick<Engine, "containersAt" | "inspect" | "bridge">;
  readonly node: OwnNode;
  /** The way to the registry as it is to be handed out now. Throws ProgramExit for a file that cannot be read. */
  readonly handedOut: () => HandedOut;
  readonly journal: Journal;
};

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
async function decide({ engine, node, handedOut }: AnswerFacts, source: string, local: string): Promise<Decision> {
  const asker = whoAsks({ source, local, hostAddresses: hostAddresses(), ...(await seen(engine, source)) });
  if (!asker.ok) return asker;
  const handed = handedOut();
  if (!handed.ok) return handed;
  const handing = handoutOf(asker.container, { node, registry: handed.registry });
  return handing.ok ? { ...handing, container: asker.container } : handing;
}

function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => plainAddress(address)));
}

/** What the engine says now of whoever may have an address. */
async function seen(engine: AnswerFacts["engine"], ip: string) {
  const [listed, gatewayBridge] = await Promise.all([engine.containersAt(ip), engine.bridge(gatewayBridgeName)]);
  const members = gatewayBridge?.members.filter(({ ips }) => ips.includes(ip)) ?? [];
  const ids = new Set([...listed, ...members.map(({ container }) => container)]);
  const read = await Promise.all([...ids].map((id) => engine.inspect(id)));
  return { gatewayBridge, containers: read.flatMap((each) => (each?.ok ? [each.container] : [])) };
}
