import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A container's start as Docker tells it. */
export type StartEvent = {
  readonly id: string;
  /** Docker's own time of the event, epoch ms. */
  readonly atMs: number;
  readonly labels: Readonly<Record<string, string>>;
};

type Message = {
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
};

/** Tells of every start of a container, over a plain HTTP connection to Docker's socket. Resolves when it listens. */
export async function onStarts(socketPath: string, hear: (event: StartEvent) => void): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ type: ["container"], event: ["start"] }));
  const response = await get(socketPath, `/events?filters=${filters}`);
  createInterface({ input: response }).on("line", (line) => {
    const { Actor, timeNano } = JSON.parse(line) as Message;
    hear({ id: Actor.ID, atMs: timeNano / 1e6, labels: Actor.Attributes });
  });
}

/** What Docker says of a container, over a new connection. */
export async function inspect(socketPath: string, id: string): Promise<unknown> {
  const response = await get(socketPath, `/containers/${id}/json`);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
}

async function get(socketPath: string, path: string): Promise<IncomingMessage> {
  const asked = request({ socketPath, path }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return response;
}
