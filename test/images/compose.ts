import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@fairway/standalone";
import type { LabNode } from "../lab/index.ts";

/** Where the files for deploying are. */
export const deploy = fileURLToPath(new URL("../../deploy", import.meta.url));

/** A project of docker-compose on a node. */
export type ComposeFacts = {
  readonly node: Pick<LabNode, "name" | "address" | "directory" | "dockerHost">;
  readonly project: string;
  readonly files: readonly string[];
  /** What its `.env` would hold beside the node's name, address and socket. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs docker-compose on a node's engine and answers its output. */
export async function compose(
  { node, project, files, env = {} }: ComposeFacts,
  ...args: readonly string[]
): Promise<string> {
  const options = files.flatMap((file) => ["--file", file]);
  const here = {
    NODE_ADDRESS: node.address,
    NODE_NAME: node.name,
    DOCKER_SOCKET: join(node.directory, "docker.sock"),
  };
  const settings = { DOCKER_HOST: node.dockerHost, ...here, ...env };
  return run(["docker-compose", "--project-name", project, ...options, ...args], { env: settings });
}
