import { readdirSync, readFileSync } from "node:fs";
import { reasonOf } from "@fairway/contract";
import { z } from "zod";
import { askHttp } from "../agents/ask-http.ts";
import type { EitherAnswer, EngineFacts } from "./gathered.ts";

const usualSocket = "/var/run/docker.sock";

const infoSchema = z.object({
  ServerVersion: z.string(),
  LiveRestoreEnabled: z.boolean().default(false),
  SystemTime: z.string(),
  Swarm: z.object({ LocalNodeState: z.string() }).optional(),
});

/** Asks the Docker engine of this machine, by DOCKER_HOST or its usual socket. */
export async function askEngine(env: NodeJS.ProcessEnv): Promise<EitherAnswer<EngineFacts>> {
  const host = env["DOCKER_HOST"] || `unix://${usualSocket}`;
  const socketPath = host.startsWith("unix://") ? host.slice("unix://".length) : undefined;
  if (socketPath === undefined) return { ok: false, reason: "DOCKER_HOST is no socket of this machine" };
  try {
    const answer: unknown = JSON.parse(await askHttp({ url: new URL("http://docker/info"), socketPath }));
    const { ServerVersion, LiveRestoreEnabled, SystemTime, Swarm } = infoSchema.parse(answer);
    const clockMs = Date.parse(SystemTime) - Date.now();
    return {
      ok: true,
      answer: {
        version: ServerVersion,
        isLiveRestored: LiveRestoreEnabled,
        isSwarm: Swarm?.LocalNodeState === "active",
        clockMs: Number.isNaN(clockMs) ? 0 : clockMs,
        settings: settingsOf(socketPath),
      },
    };
  } catch (error) {
    return { ok: false, reason: error instanceof z.ZodError ? "it is no Docker engine" : reasonOf(error) };
  }
}

function settingsOf(socketPath: string): EngineFacts["settings"] {
  const all = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
  const daemons = all.flatMap((pid) => {
    if (textOf(`/proc/${pid}/comm`)?.trim() !== "dockerd") return [];
    const words = textOf(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
    return [{ pid, words }];
  });
  const own = daemons.find(({ words }) => words.some((word) => word.includes(socketPath)));
  const only = daemons.length === 1 && socketPath === usualSocket ? daemons[0] : undefined;
  const daemon = own ?? only;
  if (daemon === undefined) return undefined;
  const file = valueOf(daemon.words, "config-file") ?? "/etc/docker/daemon.json";
  return readSettings(daemon.words, textOf(`/proc/${daemon.pid}/root${file}`));
}

/** What a command line of dockerd and its daemon.json say; the command line is stronger. */
export function readSettings(words: readonly string[], json: string | undefined): EngineFacts["settings"] {
  let file: Record<string, unknown> = {};
  try {
    file = z.record(z.string(), z.unknown()).parse(JSON.parse(json ?? "{}"));
  } catch {
    // dockerd would not start with it: it is another one's.
  }
  const isOn = (name: string) =>
    valueOf(words, name) !== "false" && !(valueOf(words, name) === undefined && file[name] === false);
  return { iptables: isOn("iptables"), userlandProxy: isOn("userland-proxy") };
}

function valueOf(words: readonly string[], name: string): string | undefined {
  const at = words.findLastIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  const word = words[at];
  if (word === undefined) return undefined;
  if (word.includes("=")) return word.slice(word.indexOf("=") + 1);
  const isFlag = name === "iptables" || name === "userland-proxy";
  return isFlag ? "true" : words[at + 1];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
