import { get } from "node:http";

/** What a program says of its health, or why it says nothing. */
export type HealthAnswer = { readonly isWell: boolean; readonly text: string };

/** How long a program has to answer the health check of its container. */
const answerMs = 4000;

/**
 * Asks `/healthz` of the program that has this ADMIN_LISTEN; well is what answers 200 within {@link answerMs}. Never rejects. Node
 * alone, as a health check that reads settings would cost more than the program that it looks after.
 */
export function askHealth(adminListen: string): Promise<HealthAnswer> {
  return new Promise((resolve) => {
    const options = { ...nearest(adminListen), path: "/healthz", signal: AbortSignal.timeout(answerMs) };
    const request = get(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ isWell: response.statusCode === 200, text: text.trim() }));
    });
    request.on("error", ({ message }) => resolve({ isWell: false, text: `${adminListen}: ${message}` }));
  });
}

/** What listens on every address is asked on loopback; `::` takes IPv4 too, also where there is no IPv6. */
function nearest(adminListen: string): { readonly host: string; readonly port: string } {
  const colon = adminListen.lastIndexOf(":");
  const host = adminListen.slice(0, colon).replace(/^\[|\]$/g, "");
  return { host: ["", "::", "0.0.0.0"].includes(host) ? "127.0.0.1" : host, port: adminListen.slice(colon + 1) };
}
