import { request } from "node:http";

/** True when a Docker engine answers on a unix socket. */
export async function engineAnswers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: "/_ping", timeout: 2000 }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode === 200));
    });
    // An engine that ends in the middle of its answer ends neither with an error nor the answer.
    ping.once("timeout", () => ping.destroy()).once("error", () => resolve(false));
    ping.once("close", () => resolve(false));
    ping.end();
  });
}
