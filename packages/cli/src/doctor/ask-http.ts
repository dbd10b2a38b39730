import { request as plain } from "node:http";
import { request as secure } from "node:https";

/** Where something is asked for over HTTP. */
export type HttpQuestion = {
  readonly url: URL;
  /** Of a socket instead of the URL's host. */
  readonly socketPath?: string | undefined;
  readonly tls?: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
};

/** How long a program has to answer a question of `fairway doctor`. */
const patienceMs = 3000;
const longestAnswer = 8 * 1024 ** 2;

/** The body of an answer, whatever its code. Rejects when there is none within 3 s, or too much of it. */
export function askHttp({ url, socketPath, tls }: HttpQuestion): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      ...(socketPath !== undefined && { socketPath }),
      ...tls,
      signal: AbortSignal.timeout(patienceMs),
    };
    const ask = url.protocol === "https:" ? secure : plain;
    const asked = ask(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
        if (body.length > longestAnswer) asked.destroy(new Error("its answer is too long"));
      });
      response.on("end", () => resolve(body));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
