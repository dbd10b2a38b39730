import { evenNow } from "@fairway/program";
import { hint, type Rejection, type ServiceName } from "@fairway/contract";
import type { Container } from "./docker/container.ts";
import { type Endpoint, endpointsOf } from "./endpoints/endpoints-of.ts";
import { capped, type StatedEndpoint } from "./records-of.ts";
import { endpointState, type GateView } from "./state/endpoint-state.ts";
import { gateTargets } from "./state/gate-targets.ts";
import type { ReadinessGate } from "./state/readiness-gate.ts";
import type { Kill } from "./state/kills.ts";

/** A running container's endpoints with their states, and everything to be reported of it. */
export type Assessment = {
  readonly name: ServiceName;
  readonly endpoints: readonly StatedEndpoint[];
  readonly rejections: readonly Rejection[];
};

/** What an assessment is made of. */
export type AssessmentFacts = {
  readonly container: Container;
  readonly owner: Container | undefined;
  readonly node: { readonly name: string; readonly address: string };
  readonly gate: ReadinessGate;
  readonly readyTimeoutMs: number;
  /** The signals that were seen sent to the container by the time of asking. */
  readonly kills: () => readonly Kill[];
};

/** Assesses a running container; waits for the first try of a port that the gate has not seen yet. */
export async function assess(facts: AssessmentFacts): Promise<Assessment> {
  const { container, owner = container } = facts;
  const { name, endpoints, rejections } = endpointsOf(facts);
  const viewed = await Promise.all(
    endpoints.map(async (endpoint) => ({ endpoint, gate: await viewOf(facts.gate, { container, owner, endpoint }) })),
  );
  const of = { container, kills: facts.kills(), nowMs: evenNow() };
  return {
    name,
    endpoints: viewed.map(({ endpoint, gate }) => {
      return { ...endpoint, state: endpointState({ ...of, gate }) };
    }),
    rejections: capped([...rejections, ...viewed.flatMap((each) => lateHint(each, facts.readyTimeoutMs))]),
  };
}

type Place = { readonly container: Container; readonly owner: Container; readonly endpoint: Endpoint };

function viewOf(gate: ReadinessGate, { container, owner, endpoint }: Place): Promise<GateView> {
  return gate.view({
    containerId: container.id,
    startedAtMs: container.startedAtMs,
    port: endpoint.key.port,
    targets: gateTargets(container, owner, endpoint.record.addresses),
  });
}

function lateHint(of: { endpoint: Endpoint; gate: GateView }, readyTimeoutMs: number): readonly Rejection[] {
  if (of.gate !== "gave-up") return [];
  const { port } = of.endpoint.key;
  const reason = `${port} accepted no connection within ${readyTimeoutMs / 1000} s of the start: served all the same`;
  return [hint({ code: "port-not-accepting", value: String(port), reason })];
}
