import type { LabContainer, LabNode } from "./lab/index.ts";

/** When the engine last told that a container was sent a signal, ms since 1970. */
export async function signalledAtMs({ docker }: Pick<LabNode, "docker">, { id }: LabContainer): Promise<number> {
  const about = ["--filter", `container=${id}`, "--filter", "event=kill"];
  const lines = await docker("events", "--since", "1h", "--until", "0s", ...about, "--format", "{{.TimeNano}}");
  return Number(lines.trim().split("\n").at(-1)) / 1e6;
}

/** When a container's process ended, ms since 1970. */
export async function endedAtMs({ docker }: Pick<LabNode, "docker">, { id }: LabContainer): Promise<number> {
  return Date.parse(await docker("inspect", "--format", "{{.State.FinishedAt}}", id));
}
