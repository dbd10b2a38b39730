import { writeFile } from "node:fs/promises";
import type { EndpointRecord } from "@fairway/contract";
import type { RegistryClient, Stored } from "@fairway/registry";
import { ask } from "@fairway/standalone";
import { eventually } from "../../test/lab/index.ts";
import type { LabNode } from "../../test/lab/index.ts";
import { plainHead, plainText, startPlainHaproxy } from "./plain-haproxy.ts";

/** What keeps a HAProxy of its own in step as confd does: at each change the whole file anew, a check, a reload. */
export type Reloader = { readonly stop: () => Promise<void> };

/** Its front ports lie this much above the proxy agent's. */
export const reloaderOffset = 2000;

const prefix = "endpoints/";

/** Starts it on a node, with all records that there are. */
export async function startReloader(node: LabNode, client: RegistryClient): Promise<Reloader> {
  const { stored, revision } = await client.list([{ prefix }]);
  const { child, file, socket } = await startPlainHaproxy(node, { name: "reloader", lines: linesOf(stored) });
  let isBehind = false;
  let running: Promise<void> | undefined;
  const turn = async () => {
    while (isBehind) {
      isBehind = false;
      const now = await client.list([{ prefix }]);
      await writeFile(file, plainText(socket, linesOf(now.stored)));
      await node.run("haproxy", "-c", "-f", file);
      const before = await workerOf(socket);
      child.signal("SIGUSR2");
      // The master does not hear of a reload that is asked for while it makes one.
      const isReloaded = async () => ![undefined, before].includes(await workerOf(socket));
      await eventually(isReloaded, { within: 60_000, every: 20 });
    }
    running = undefined;
  };
  const onChanges = () => {
    isBehind = true;
    running ??= turn();
    // `stop` tells of what went wrong.
    running.catch(() => undefined);
  };
  const handlers = { onOpen: () => undefined, onChanges, onEnd: () => undefined };
  const endWatch = client.watch([{ prefix }], revision + 1n, handlers);
  const stop = async () => {
    endWatch();
    await running;
    await child.stop();
  };
  return { stop };
}

/** The pid of the worker that answers; undefined while none does. */
async function workerOf(socket: string): Promise<string | undefined> {
  const info = await ask(socket, "show info").catch(() => "");
  return /^Pid: (\d+)$/m.exec(info)?.[1];
}

/** The sections of every front port, as a template would make them of the records. */
function linesOf(stored: readonly Stored[]): readonly string[] {
  const ports = new Map<number, string[]>();
  for (const { key, value } of stored) {
    const { listen, addresses, state } = JSON.parse(value) as EndpointRecord;
    const name = key.split("/").slice(1).join(".");
    const server = `  server ${name} ${addresses[0]?.ip}:${addresses[0]?.port} check inter 60s rise 2 fall 3`;
    for (const { port } of listen) {
      const lines = ports.get(port) ?? [];
      lines.push(state === "ready" ? server : `${server} weight 0`);
      ports.set(port, lines);
    }
  }
  const sections = [...ports].flatMap(([port, servers]) => {
    return [`listen port_${port}`, `  bind *:${port + reloaderOffset}`, "  balance roundrobin", ...servers];
  });
  return [...plainHead, ...sections];
}
