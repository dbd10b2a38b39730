import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programCommand, run } from "@fairway/standalone";
import { parse } from "yaml";
import { eventually } from "../lab/index.ts";
import type { AgentStatus, Lab, LabNode } from "../lab/index.ts";
import { compose } from "./compose.ts";

const page = readFileSync(new URL("../../docs/three-solutions.md", import.meta.url), "utf8");
const templates = fileURLToPath(new URL("../../packages/template/test/templates", import.meta.url));

/** The document's solutions, by their templates. */
export const solutions = {
  first: "apart-by-affinity",
  second: "inside-by-link",
  third: "redis-through-proxy",
} as const;

export type Solution = keyof typeof solutions;

/** A solution's template as it stands: services, labels, ports, settings and links are the document's. */
export function templateOf(solution: Solution): string {
  return join(templates, `${solutions[solution]}.yml`);
}

/** The address at which the document's clients find the load balancer `proxy_test`. */
export const balancerAddress = /redis-cli -h (\d[\d.]+)/.exec(readFileSync(templateOf("first"), "utf8"))?.[1] ?? "";

/** Converts a template as its user does; answers the file, and what was said of it. */
export async function convert(
  lab: Lab,
  solution: Solution,
  form: "compose" | "swarm",
): Promise<{ readonly file: string; readonly notes: string }> {
  const file = join(lab.directory, `${solution}.${form}.yaml`);
  const command = [...programCommand("template"), "convert", templateOf(solution), "--to", form, "--output", file];
  return { file, notes: await run(["sh", "-c", '"$@" 2>&1', "sh", ...command]) };
}

/** The file of docs/three-solutions.md for a Swarm without virtual addresses: its services by name. */
function namesOnThePage(): Readonly<Record<string, unknown>> {
  const [block = assert.fail("the page has no such file")] = /^ {4}version: .*\n(?: {4}.+\n)+/m.exec(page) ?? [];
  return (parse(block) as { readonly services: Readonly<Record<string, unknown>> }).services;
}

/**
 * Deploys a converted stack as `project`, with the file of the page beside it: this lab's kernel may have no IPVS. Of that
 * file the services that the stack has.
 */
export async function deployStack({ dockerHost }: LabNode, file: string, project: string): Promise<void> {
  const { services } = parse(readFileSync(file, "utf8"), { merge: true }) as { services: Record<string, unknown> };
  const known = Object.entries(namesOnThePage()).filter(([name]) => name in services);
  assert.equal(known.length, Object.keys(services).length);
  const names = `${file}.names.json`;
  await writeFile(names, JSON.stringify({ version: "3.8", services: Object.fromEntries(known) }));
  const files = [file, names].flatMap((each) => ["--compose-file", each]);
  await run(["docker", "--host", dockerHost, "stack", "deploy", "--resolve-image=never", ...files, project]);
}

/** Ends the claim of a service that is gone; its registrar, a container of that node, may just put it under its last lease. */
export async function releaseClaim(node: LabNode, front: string, holder: string): Promise<void> {
  const command = ["fairway-registrar", "release", front, "--project", holder];
  await eventually(() => node.docker("exec", "fairway_registrar_1", ...command), { within: 30_000 });
}

/** Where the servers of a load balancer are that take connections, sorted. */
export async function balancedBy(balancer: LabNode): Promise<readonly string[]> {
  return (await balancer.listeners())
    .flatMap((listener) => listener.servers)
    .filter(({ admin, status }) => admin === "ready" && status.startsWith("UP"))
    .map((server) => `${server.ip}:${server.port}`)
    .toSorted();
}

/** Gives a node the document's address of the load balancer, and others their way there. */
export async function addBalancerAddress(balancer: LabNode, others: readonly LabNode[]): Promise<void> {
  await balancer.run("ip", "address", "add", `${balancerAddress}/32`, "dev", "eth0");
  for (const node of others) await node.run("ip", "route", "add", balancerAddress, "via", balancer.address);
}

/** Containers of a solution on a node, started by docker-compose or as tasks of a stack. */
export class Stand {
  readonly node: LabNode;
  readonly project: string;

  constructor(node: LabNode, project: string) {
    this.node = node;
    this.project = project;
  }

  /** Starts the services of a file, all of them unless some are named. */
  async up(file: string, ...services: readonly string[]): Promise<void> {
    await compose({ node: this.node, project: this.project, files: [file] }, "up", "--detach", ...services);
  }

  /** The names of a service's containers on this node. */
  async containers(service: string): Promise<readonly string[]> {
    const filter = `name=^${this.project}_${service}[_.]`;
    const names = await this.node.docker("ps", "--filter", filter, "--format", "{{.Names}}");
    return names === "" ? [] : names.split("\n");
  }

  /** The name of a service's only container on this node. */
  async container(service: string): Promise<string> {
    const [name, ...others] = await this.containers(service);
    assert.ok(
      name !== undefined && others.length === 0,
      `${service} on ${this.node.name}: ${name} ${others.join(" ")}`,
    );
    return name;
  }

  async exec(service: string, ...command: readonly string[]): Promise<string> {
    return this.node.docker("exec", await this.container(service), ...command);
  }

  /** Its address in its only network. */
  async address(service: string): Promise<string> {
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    return this.node.docker("inspect", "--format", format, await this.container(service));
  }

  /** What rsyslog may call it: by its name in their network, or by its address there where that name was not answered. */
  async senders(service: string): Promise<readonly string[]> {
    const format = "{{.Name}}{{range .NetworkSettings.Networks}} {{.IPAddress}}{{end}}";
    const told = await this.node.docker("inspect", "--format", format, await this.container(service));
    return told.replace("/", "").split(" ").filter(Boolean);
  }

  /** Where its port is published. */
  async published(service: string, port: number): Promise<string> {
    const told = await this.node.docker("port", await this.container(service), `${port}/tcp`);
    return `${this.node.address}:${told.split("\n")[0]?.split(":").at(-1)}`;
  }

  /** What the agent of its `lb` answers at an admin path; it listens inside of the container alone. */
  async askLb(path: string): Promise<string> {
    const question = `fetch("http://127.0.0.1:7381${path}").then(async (a) => console.log(await a.text()))`;
    return this.exec("lb", "node", "-e", question);
  }

  /** Front port, service and address of each server of its `lb`, sorted. */
  async serversOfLb(): Promise<readonly string[]> {
    const { listeners } = JSON.parse(await this.askLb("/status")) as AgentStatus;
    const all = listeners.flatMap(({ port, servers }) => servers.map((server) => ({ port, ...server })));
    return all.map(({ port, endpoint, address }) => `${port} ${endpoint.split("/")[2]} ${address}`).toSorted();
  }

  /** Waits until its redis-client has been answered by the primary and by the replica. */
  async isShownBoth(): Promise<void> {
    const roles = new Set<string | undefined>();
    const look = async () => {
      roles.add(/^role:(\w+)/m.exec(await this.askByOwnCommand("info", "replication"))?.[1]);
      return roles.size === 2;
    };
    await eventually(look, { within: 30_000 });
  }

  /** What redis-client is answered when somebody types a question at its own command. */
  async askByOwnCommand(...question: readonly string[]): Promise<string> {
    const told = await this.node.docker(
      "inspect",
      "--format",
      "{{json .Config.Cmd}}",
      await this.container("redis-client"),
    );
    return this.exec("redis-client", ...(JSON.parse(told) as readonly string[]), ...question);
  }

  /** Lets redis-master tell this name to who asks for `whoami`. */
  async name(name: string): Promise<void> {
    assert.equal(await this.exec("redis-master", "redis-cli", "set", "whoami", name), "OK");
  }

  /** Removes all of its containers and networks at once; a redis-cli that nobody types at takes its time to stop. */
  async remove(): Promise<void> {
    const ids = await this.node.docker("ps", "--all", "--quiet", "--filter", `name=^${this.project}_`);
    if (ids !== "") await this.node.docker("rm", "--force", "--volumes", ...ids.split("\n"));
    await this.node.docker("network", "prune", "--force");
  }
}
