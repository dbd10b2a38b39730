import { hostname } from "node:os";
import { nodesPrefix, type ServiceName, shown } from "@fairway/contract";
import { exitCode, type Given, type Options, type Output, ProgramExit, type SubcommandAnswer } from "@fairway/program";
import type { RegistryClient } from "@fairway/registry";
import { isPath, quotedIfEmpty } from "../operator/service.ts";
import { usualProject } from "../plan/project-name.ts";
import { nodes } from "../resources/nodes.ts";
import type { ComposeService } from "../rollout/compose-service.ts";
import { Compose } from "../rollout/compose.ts";
import { drainedOn } from "../rollout/retirement.ts";
import { planRollout, type RolloutOptions, type ServiceContainer } from "../rollout/rollout-plan.ts";
import { RolloutMark } from "../rollout/rollout-mark.ts";
import { Rollout } from "../rollout/rollout.ts";
import { type EngineContainer, ServiceEngine } from "../rollout/service-engine.ts";
import { wrongUse } from "../wrong-use.ts";
import { agentsOf, askRegistry } from "./ask-registry.ts";
import { readCount } from "./read-count.ts";
import { readTime } from "./read-time.ts";

/**
 * Replaces the containers of a Compose service without anybody noticing. Throws ProgramExit with 3 for what cannot be
 * replaced so, before anything is done, and for a new version that is not routed.
 */
export async function rollout(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  given: Given,
  output: Output,
): Promise<SubcommandAnswer> {
  const asked = readQuestion(given);
  const engine = new ServiceEngine(env);
  const compose = await Compose.find(asked, env, signal);
  // Compose's older form takes a second for each.
  const [config, hash] = await Promise.all([compose.config(), compose.hash(asked.service)]);
  const service = config.services.get(asked.service);
  if (service === undefined) {
    const known = [...config.services.keys()].map(shown).join(", ");
    throw wrongUse(`${shown(asked.service)} is no service of the file, which has ${known || "none"}`);
  }
  const project = asked.project ?? config.project ?? (await usualProject(asked.file, env));
  const line = { env, signal, options: given.options };
  await askRegistry(line, async (client, note) => {
    output.note(note);
    const node = await nodeOf(client, await engine.id());
    const by = `process ${process.pid} on ${hostname()}`;
    const marked = { node, project, service: asked.service };
    const mark = await RolloutMark.take({ client, service: marked, by, output, signal });
    try {
      const found = await findContainers({ client, engine, hash, ...marked });
      const steps = stepsOf(found, service, asked);
      const tools = { client, engine, compose, agents: agentsOf(line), output };
      await new Rollout({ ...tools, signal, lost: mark.lost }, { ...asked, project, node }).run(steps);
    } finally {
      await mark.remove();
    }
  });
  return { lines: [] };
}

type Question = RolloutOptions & {
  readonly service: string;
  readonly file: string | undefined;
  readonly project: string | undefined;
  readonly timeoutMs: number;
  readonly drainMs: number;
};

function readQuestion({ argument, options }: Given): Question {
  if (argument === undefined) throw wrongUse("say which service of the Compose file: fairway rollout web");
  if (!isPath(argument, 1)) throw wrongUse(`${quotedIfEmpty(argument)} is no service; -p gives its project`);
  return {
    service: argument,
    file: textOf(options, "file"),
    project: textOf(options, "project"),
    scale: readCount(options, "scale"),
    isForced: options["force"] === true,
    timeoutMs: readTime(options, "timeout", "2m"),
    drainMs: readTime(options, "drain", "10s"),
  };
}

function textOf(options: Options, name: string): string | undefined {
  const given = options[name];
  if (given === "") throw wrongUse(`--${name}: is empty`);
  return typeof given === "string" ? given : undefined;
}

type Find = ServiceName & {
  readonly client: RegistryClient;
  readonly engine: ServiceEngine;
  readonly node: string;
  readonly hash: string | undefined;
};

async function findContainers({ client, engine, project, service, node, hash }: Find): Promise<Found> {
  const containers = await engine.containers(project, service);
  const current = await whichAreCurrent(engine, hash, containers);
  return { containers, current, drained: await drainedOn(client, node) };
}

/** Ids of containers that are what Compose would make now, of the same files and the same image. */
async function whichAreCurrent(
  engine: ServiceEngine,
  hash: string | undefined,
  containers: readonly EngineContainer[],
): Promise<ReadonlySet<string>> {
  if (hash === undefined) return new Set();
  const images = await Promise.all(containers.map(({ image }) => engine.imageId(image)));
  const current = containers.filter(({ configHash, imageId }, at) => configHash === hash && imageId === images[at]);
  return new Set(current.map(({ id }) => id));
}

type Found = {
  readonly containers: readonly EngineContainer[];
  readonly current: ReadonlySet<string>;
  /** By the beginning of their ids. */
  readonly drained: (container12: string) => boolean;
};

function stepsOf({ containers, current, drained }: Found, service: ComposeService, options: RolloutOptions) {
  const all: readonly ServiceContainer[] = containers.map(({ id, name, pid, ownVolumes }) => {
    const isDrained = drained(id.slice(0, 12));
    return { id, name, isRunning: pid !== 0, isCurrent: current.has(id), isDrained, ownVolumes };
  });
  const plan = planRollout(all, service, options);
  if (plan.ok) return plan;
  const lines = plan.reasons.map((reason) => `${shown(service.name)}: ${reason}`);
  throw new ProgramExit(exitCode.no, ["nothing was done, as this cannot be rolled out without loss:", ...lines]);
}

/** The node whose registrar follows the engine. Throws ProgramExit where there is none. */
async function nodeOf(client: RegistryClient, engineId: string): Promise<string> {
  const { stored } = await client.list([{ prefix: nodesPrefix }]);
  const found = nodes.read(stored).items.find((node) => node.engineId === engineId);
  if (found !== undefined) return found.name;
  const reason = "no registrar in this registry follows the Docker engine that Compose acts on (DOCKER_HOST)";
  throw new ProgramExit(exitCode.no, [`nothing was done: ${reason}`]);
}
