import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Lab, LabNode } from "./lab/index.ts";

const script = new URL("../deploy/etcd/certificates.sh", import.meta.url).pathname;

type Env = Readonly<Record<string, string>>;

/** Settings with which agents answer other machines at API_LISTEN, and with which one asks them. */
export type AgentApis = { readonly agent: (node: Pick<LabNode, "name" | "address">) => Env; readonly asking: Env };

/** Makes the certificates and the token of a lab's agents. */
export async function makeAgentApis({ directory, nodes }: Lab): Promise<AgentApis> {
  const folder = join(directory, "api");
  const file = (name: string) => join(folder, name);
  await promisify(execFile)(script, [folder, ...nodes.map(({ name, address }) => `${name}=${address}`)]);
  writeFileSync(file("token"), "0123456789abcdef0123456789abcdef\n");
  return {
    agent: ({ name, address }) => ({
      BIND_ADDRESS: address,
      API_LISTEN: `${address}:7382`,
      API_CERT_FILE: file(`${name}.crt`),
      API_KEY_FILE: file(`${name}.key`),
      API_TOKEN_FILE: file("token"),
    }),
    asking: { API_CA_FILE: file("ca.crt"), API_TOKEN_FILE: file("token") },
  };
}
