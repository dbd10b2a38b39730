import { createServer } from "node:net";

/** True when this machine lets us listen on IPv6. */
export function hasIPv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "::", port: 0, ipv6Only: true }, () => server.close(() => resolve(true)));
  });
}
