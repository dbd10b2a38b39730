import { CommandFailed, run } from "../processes/run.ts";
import { machineSocket, type Engine, type EngineChoice } from "./engine.ts";
import { startOwnEngine } from "./own-engine.ts";

/** The engine that DOCKER_HOST names, else the machine's, else one of our own. Throws with what to do when there is none. */
export async function chooseEngine(choice: EngineChoice): Promise<Engine> {
  const { dockerHost, say } = choice;
  const host = dockerHost ?? machineSocket;
  const answer = await versionOf(host);
  if (answer.ok) {
    say(`using the Docker engine at ${host} (${answer.version})`);
    return anothers(host);
  }
  if (dockerHost !== undefined) throw new Error(`DOCKER_HOST="${dockerHost}" does not answer: ${answer.reason}`);
  if (process.getuid?.() !== 0) throw new Error(withoutEngine(answer.reason));
  say("no Docker engine answers on this machine; starting one of our own");
  return startOwnEngine(choice);
}

function anothers(dockerHost: string): Engine {
  return { dockerHost, isOwn: false, isRunning: () => true, failed: new Promise(() => {}), stop: async () => {} };
}

type Answer = { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

async function versionOf(host: string): Promise<Answer> {
  try {
    const format = ["--format", "{{.Server.Version}}"];
    return { ok: true, version: await run(["docker", "--host", host, "version", ...format], { timeoutMs: 10_000 }) };
  } catch (error) {
    const reason = error instanceof CommandFailed ? error.stderr.trim() : String(error);
    return { ok: false, reason: reason || String(error) };
  }
}

function withoutEngine(reason: string): string {
  return [
    `no Docker engine answers: ${reason}`,
    "Fairway proxies containers, so it needs one. Either start the machine's and let your user reach it:",
    "  sudo systemctl start docker && sudo usermod -aG docker $USER   (then log in anew)",
    "or let Fairway start one of its own:",
    "  sudo npm start",
  ].join("\n");
}
