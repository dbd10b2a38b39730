import { join } from "node:path";
import { eventually } from "../../test/lab/index.ts";
import type { Lab, LabProgram } from "../../test/lab/index.ts";
import { megabytes, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { type Memory, memoryOf, memorySettings } from "../parts/memory.ts";
import { inLab, whenServed } from "../parts/scene.ts";
import { startSimulatedEngine } from "../parts/simulated-engine.ts";
import { simulatedRecords } from "../parts/simulated-endpoints.ts";
import { startRegistrars } from "../parts/simulated-registrars.ts";

/** What each endpoint costs an agent and a registrar in memory. */
export const memory: Measurement = {
  number: 4,
  title: "Memory of agent and registrar",
  run: async (bench) => {
    const counts = bench.isQuick ? [100, 5000] : [100, 10_000, 50_000];
    const rows = [
      ...(await rowsOf(bench, "agent", counts, agentMemory)),
      ...(await rowsOf(bench, "registrar", counts, registrarMemory)),
    ];
    return {
      table: {
        head: ["program", "endpoints", "resident", "live heap", "resident / endpoint", "live / endpoint"],
        rows,
      },
      notes: [
        "each in a process of its own, 5 s after everything was applied or written; live: after a garbage collection, resident: then too",
        "per endpoint: beyond what the same program holds with the fewest endpoints",
        "the registrar's containers are told by a stand-in for Docker's API; the agent's endpoints have no health check, or HAProxy would need more file descriptors than the machine allows",
      ],
    };
  },
};

type Count = (lab: Lab, count: number) => Promise<Memory>;

async function rowsOf({ progress }: Bench, program: string, counts: readonly number[], measure: Count) {
  const all: { readonly count: number; readonly memory: Memory }[] = [];
  for (const count of counts) {
    progress(`${program} with ${whole(count)} endpoints`);
    const now = await inLab({ registrars: false, agents: false }, (lab) => measure(lab, count));
    all.push({ count, memory: now });
  }
  const [least] = all;
  return all.map(({ count, memory: { resident, live } }) => {
    const more = count - (least?.count ?? 0);
    const each = (bytes: number, base = 0) => (more === 0 ? "–" : `${whole((bytes - base) / more)} B`);
    const shares = [each(resident, least?.memory.resident), each(live, least?.memory.live)];
    return [program, whole(count), megabytes(resident), megabytes(live), ...shares];
  });
}

async function agentMemory(lab: Lab, count: number): Promise<Memory> {
  const { agent, directory } = lab.node(1);
  await agent.start({ HEALTH_CHECK: "", ...memorySettings(directory, "agent") });
  const records = simulatedRecords({ count, listeners: 200, nodes: 20 });
  const registrars = await startRegistrars({ etcd: lab.etcd.endpoints, records });
  await whenServed({ agent }, count);
  const now = await memoryOf(agent, directory, "agent");
  await registrars.stop();
  return now;
}

async function registrarMemory(lab: Lab, count: number): Promise<Memory> {
  const { registrar, directory } = lab.node(1);
  const engine = await startSimulatedEngine(join(directory, "simulated.sock"), count);
  await registrar.start({ DOCKER_HOST: engine.dockerHost, ...memorySettings(directory, "registrar") });
  await eventually(() => isReady(registrar), { within: 300_000, every: 500 });
  const now = await memoryOf(registrar, directory, "registrar");
  engine.stop();
  return now;
}

async function isReady(program: LabProgram): Promise<boolean> {
  return (await program.admin("/readyz")).status === 200;
}
