import { createLab, eventually, metric } from "../../test/lab/index.ts";
import type { Lab, LabNode, LabOptions } from "../../test/lab/index.ts";
import { type SimulatedFacts, simulatedRecords } from "./simulated-endpoints.ts";
import { type SimulatedRegistrars, startRegistrars } from "./simulated-registrars.ts";
import { startSimulatedServers } from "./simulated-servers.ts";

/** A lab with a crowd of simulated endpoints that its first node's proxy serves. */
export type Scene = { readonly lab: Lab; readonly node: LabNode; readonly registrars: SimulatedRegistrars };

export type SceneFacts = SimulatedFacts & {
  readonly moreNodes?: readonly string[];
  readonly registrars?: LabOptions["registrars"];
};

/** Builds a lab, works in it and removes it in any case. */
export async function inLab<T>(options: LabOptions, work: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await createLab(options);
  try {
    return await work(lab);
  } finally {
    lab.dispose();
  }
}

/** Builds a lab whose proxy serves a crowd, works in it and removes it. */
export async function inScene<T>(facts: SceneFacts, work: (scene: Scene) => Promise<T>): Promise<T> {
  const { registrars: labRegistrars = false, moreNodes = [] } = facts;
  return inLab({ registrars: labRegistrars, agents: agentSettings }, async (lab) => {
    const node = lab.node(1);
    await startSimulatedServers(node, facts.count);
    const crowd = { etcd: lab.etcd.endpoints, records: simulatedRecords(facts), moreNodes };
    const registrars = await startRegistrars(crowd);
    try {
      await whenServed(node, facts.count);
      return await work({ lab, node, registrars });
    } finally {
      await registrars.stop();
    }
  });
}

/** All servers are on one machine here, so each is checked once a minute instead of every two seconds. */
export const agentSettings = { HEALTH_CHECK: "check inter 60s rise 2 fall 3" };

/** Resolves when the node's agent has applied so many servers. */
export async function whenServed({ agent }: Pick<LabNode, "agent">, count: number, within = 120_000): Promise<void> {
  const isServed = async () => {
    const states = ["ready", "drain"].map((state) => metric(agent, `fairway_agent_servers{state="${state}"}`));
    return (await Promise.all(states)).reduce((sum, each) => sum + each, 0) === count;
  };
  await eventually(isServed, { within, every: 20 });
}
