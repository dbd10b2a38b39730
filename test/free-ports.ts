import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Below the ports that Linux gives to outgoing connections: nobody takes these by chance. */
const [lowest, highest] = [10_000, 32_000];

/** Test files that run at once take theirs from ranges of their own: a port is not held between its answer and its use. */
const ranges = 4;
const width = Math.floor((highest - lowest) / ranges);
const first = lowest + (Number(process.env["MOCHA_WORKER_ID"] ?? 0) % ranges) * width;

/** Ports that were answered before: who asked for them may not listen yet. */
const given = new Set<number>();

/** Ports that are free on every address now, each once in the life of this process. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = first + Math.floor(Math.random() * width);
    const server = held.has(port) || given.has(port) ? undefined : await hold(port);
    if (server) held.set(port, server);
  }
  await Promise.all(Array.from(held.values(), (server) => new Promise((resolve) => server.close(resolve))));
  for (const port of held.keys()) given.add(port);
  return [...held.keys()];
}

/** One of {@link freePorts}. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Undefined: somebody has it. */
async function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ port, exclusive: true }), "listening");
    return server;
  } catch {
    return undefined;
  }
}
