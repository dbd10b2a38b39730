import { reasonOf } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { exitCode, type Log, ProgramExit } from "@fairway/program";
import type { EngineInfo } from "./container.ts";
import type { DockerEngine } from "./engine.ts";

/** Asks the engine who it is, with back-off until it answers or the signal aborts; one log line when it does not. */
export async function engineInfo(engine: DockerEngine, log: Log, signal: AbortSignal): Promise<EngineInfo> {
  const backoff = new Backoff();
  for (let failures = 0; ; failures += 1) {
    try {
      const info = await engine.info();
      if (failures > 0) log.info({ engine: info.name }, "Docker engine answers again");
      return info;
    } catch (error) {
      signal.throwIfAborted();
      if (failures === 0) log.warn({ reason: reasonOf(error) }, "Docker engine does not answer");
      await backoff.pause(signal);
    }
  }
}

/** True for an engine older than what is tested here: Docker 20.10. */
export function isTooOld({ version }: EngineInfo): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 20 || (major === 20 && minor < 10);
}

/** Throws ProgramExit for Podman: what the registrar goes by, Podman says otherwise or not at all. */
export function refusePodman({ isPodman, version }: EngineInfo): void {
  if (!isPodman) return;
  const reason = "it says another engine's id each time that it is asked, so that no node could be told by it";
  throw new ProgramExit(exitCode.setting, [
    `DOCKER_HOST: Podman ${version} answers there, which is not supported (${reason}): set it to a Docker engine's socket`,
  ]);
}
