import { createServer } from "node:net";
import { probeBind } from "@fairway/proxy-agent";

const loopback = "127.0.0.1";
const lastPort = 65535;

/** A port that is free on loopback now, and who holds the wanted one when it is another. */
export type FoundPort = { readonly port: number; readonly taken?: string };

/** The wanted port when it is free on loopback, else the next one above that is. Throws when none is. */
export async function freePortFrom(wanted: number): Promise<FoundPort> {
  const taken = await probeBind({ address: loopback, port: wanted });
  if (taken === undefined) return { port: wanted };
  for (let port = wanted + 1; port <= lastPort; port += 1) {
    if ((await probeBind({ address: loopback, port })) === undefined) return { port, taken };
  }
  throw new Error(`no port from ${wanted} up is free on ${loopback}; ${taken}`);
}

/** Any port that is free on loopback now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen({ host: loopback, port: 0, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
