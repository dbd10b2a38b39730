import { connect } from "node:net";
import { listenText, reasonOf, type ReachedNodes } from "@fairway/contract";
import type { Listener } from "@fairway/haproxy";

/** An address on a node. */
export type NodeAndAddress = { readonly node: string; readonly ip: string; readonly port: number };

/** How long an address has to accept when `fairway doctor`, or an agent for it, tries it. */
const patienceMs = 2000;

/** Connects to each of these, all at once. */
export async function tryAddresses(addresses: readonly NodeAndAddress[]): Promise<ReachedNodes> {
  return { reached: await Promise.all(addresses.map(tryOne)) };
}

type ReachedNode = ReachedNodes["reached"][number];

function tryOne({ node, ip, port }: NodeAndAddress): Promise<ReachedNode> {
  const address = listenText({ host: ip, port });
  return new Promise((resolve) => {
    const socket = connect({ host: ip, port });
    const end = (reason: string) => {
      socket.destroy();
      resolve({ node, address, ok: reason === "", reason });
    };
    socket.setTimeout(patienceMs, () => end(`no answer within ${patienceMs / 1000} s`));
    socket.on("connect", () => end(""));
    socket.on("error", (error) => end(reasonOf(error)));
  });
}

/** One address of each other node, of those to which a proxy leads clients. */
export function addressesToTry(
  listeners: readonly Listener[],
  nodeOf: (endpoint: string) => string | undefined,
  own: string,
): readonly NodeAndAddress[] {
  const found = new Map<string, NodeAndAddress>();
  for (const { admin, endpoint, ip, port } of listeners.flatMap(({ servers }) => servers)) {
    const node = nodeOf(endpoint);
    if (admin === "ready" && node !== undefined && node !== own && !found.has(node))
      found.set(node, { node, ip, port });
  }
  return [...found.values()];
}

/** How long one look at the nodes serves all who ask. */
const sharedMs = 5000;

/** Tries nodes for whoever asks, once at a time. */
export class NodeTrials {
  readonly #addresses: () => readonly NodeAndAddress[];
  #last: { readonly untilMs: number; readonly answer: Promise<ReachedNodes> } | undefined;

  constructor(addresses: () => readonly NodeAndAddress[]) {
    this.#addresses = addresses;
  }

  ask(): Promise<ReachedNodes> {
    const now = performance.now();
    if (this.#last === undefined || now >= this.#last.untilMs) {
      this.#last = { untilMs: now + sharedMs, answer: tryAddresses(this.#addresses()) };
    }
    return this.#last.answer;
  }
}
