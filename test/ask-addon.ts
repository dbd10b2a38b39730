/** Runs a command where the request is to come from, and answers its output. */
type Run = (...command: readonly string[]) => Promise<string>;

/** How to ask: another port, from an address, another request than the usual one. */
export type Asking = { readonly port?: number; readonly as?: string; readonly request?: string };

/** An answer of the addon. */
export type Asked = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Asks a registrar's addon as a container would. Rejects when there is no answer. */
export async function ask(run: Run, address: string, { port = 7379, as, request }: Asking = {}): Promise<Asked> {
  const bind = as === undefined ? "" : `,bind=${as}`;
  const line = `${request ?? "GET /v1/subscription"} HTTP/1.0`;
  const target = `TCP:${address}:${port},connect-timeout=2${bind}`;
  // A client that closes its side has given up, as Node sees it.
  const answer = await run("sh", "-c", `printf '${line}\\r\\n\\r\\n' | socat -T 10 -,ignoreeof ${target}`);
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 ([0-9]+)/.exec(head)?.[1]);
  return { status, body: JSON.parse(body) as Asked["body"] };
}
