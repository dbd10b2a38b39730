import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { markBridges } from "./bridge.ts";

/**
 * Marks the bridges that an engine of our own makes for its users' networks as their owner's: those that it has, and
 * each one that comes, until the engine ends. An engine leaves them behind when it stops.
 */
export async function markNetworks(socketPath: string, owner: string): Promise<void> {
  const events = await ask(socketPath, "/events", { type: ["network"], event: ["create"] });
  // An engine that is killed breaks off in the middle.
  events.on("error", () => {});
  events.on("data", () => void markAll(socketPath, owner).catch(() => {}));
  await markAll(socketPath, owner);
}

async function markAll(socketPath: string, owner: string): Promise<void> {
  const answer = await ask(socketPath, "/networks", { driver: ["bridge"], type: ["custom"] });
  const chunks: Buffer[] = [];
  answer.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(answer, "end");
  const networks = JSON.parse(Buffer.concat(chunks).toString()) as readonly { readonly Id: string }[];
  await markBridges(
    networks.map(({ Id }) => bridgeOf(Id)),
    owner,
  );
}

/** Docker's own name for it. One that the user has named may have been there before, so it is never taken for ours. */
function bridgeOf(networkId: string): string {
  return `br-${networkId.slice(0, 12)}`;
}

async function ask(
  socketPath: string,
  path: string,
  filters: Readonly<Record<string, readonly string[]>>,
): Promise<IncomingMessage> {
  const question = request({ socketPath, path: `${path}?filters=${encodeURIComponent(JSON.stringify(filters))}` });
  question.end();
  const [answer] = (await once(question, "response")) as [IncomingMessage];
  return answer;
}
