import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ownLine, type Listener, type ListenerList, type Server } from "@fairway/haproxy";
import type { Desired } from "../../../src/desired/desired.ts";
import { makeCertificate, pemOf } from "./certificates.ts";
import { listener } from "./stage.ts";
import type { EchoStage } from "./use-stage.ts";

/** A name that is opened on a port, as the agent makes it of labels. */
export type AName = { readonly name: string; readonly server: Server; readonly isGreeted?: boolean };

const plain = [ownLine("timeout tunnel 1h")];

/** Writes a certificate for the proxy; answers the words of a `bind` line that opens TLS with it. */
export async function openTls({ stage }: EchoStage): Promise<readonly string[]> {
  const file = join(stage.paths.directory, "names.pem");
  await writeFile(file, pemOf(await makeCertificate("*.example.com")));
  return ["ssl", "crt", file, "alpn", "postgresql"];
}

/** What is desired for the first port of a stage with these names on it. */
export function namesOn(
  { stage, ports: [port = 0] }: EchoStage,
  names: readonly AName[],
  { tls, lists = [] }: { readonly tls: readonly string[]; readonly lists?: readonly ListenerList[] },
): Desired {
  const sorted = names.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const routes = sorted.map(({ name, isGreeted = false }) => ({
    name,
    isOpened: true,
    ...(isGreeted && { isGreeted }),
  }));
  const frontend: Listener = {
    ...listener(port, [], lists.length > 0 ? { lists } : {}),
    ssl: true,
    names: { routes, tls, certificates: [], plain, kept: [] },
  };
  const own = sorted.map(({ name, server, isGreeted = false }): Listener => {
    const settings = { addresses: [], bind: [], lines: plain };
    return {
      port,
      name,
      ssl: true,
      ...(isGreeted && { isGreeted }),
      services: ["shop/echo"],
      settings,
      servers: [server],
    };
  });
  return stage.desired([frontend, ...own]);
}
