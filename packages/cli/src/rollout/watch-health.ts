import { counted, reasonOf, shown } from "@fairway/contract";
import { wait } from "@fairway/loop";
import type { EngineContainer, ServiceEngine } from "./service-engine.ts";

/** How often `fairway rollout` looks whether new containers live. */
const lookMs = 500;

/** Resolves when one of these containers fails by itself, with what is wrong, safe to show; undefined: the signal aborted. */
export async function watchHealth(
  engine: Pick<ServiceEngine, "container">,
  containers: readonly Pick<EngineContainer, "id" | "name">[],
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    for (const { id, name } of containers) {
      const broken = whatIsWrong(shown(name), await lookAt(engine, id));
      if (broken !== undefined) return signal.aborted ? undefined : broken;
    }
    await wait(lookMs, signal);
  }
  return undefined;
}

/** An engine that does not answer says nothing about the container. */
async function lookAt(engine: Pick<ServiceEngine, "container">, id: string): Promise<EngineContainer | "gone" | Error> {
  try {
    return (await engine.container(id)) ?? "gone";
  } catch (error) {
    return new Error(reasonOf(error));
  }
}

/** Why a container will not serve; undefined: it may. */
export function whatIsWrong(name: string, seen: EngineContainer | "gone" | Error): string | undefined {
  if (seen instanceof Error) return undefined;
  if (seen === "gone") return `${name} was removed`;
  if (seen.isUnhealthy) return `${name} is unhealthy: docker inspect shows what its HEALTHCHECK printed`;
  if (seen.status === "exited" || seen.status === "dead") return `${name} ended with exit code ${seen.exitCode}`;
  if (seen.restarts > 0) return `${name} ended, and was restarted ${counted(seen.restarts, "time")}`;
  return undefined;
}
