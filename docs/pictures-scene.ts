import { connect, type Socket } from "node:net";
import { type AgentApis, makeAgentApis } from "../test/agent-apis.ts";
import { composeLabels, type Lab, type LabContainer, type LabNode, proxyLabels } from "../test/lab/index.ts";

/** A container of the scene. */
type Part = {
  readonly service: `${string}/${string}`;
  /** It runs on the node of this number. */
  readonly node: 1 | 2;
  /** TCP_PORTS; what it listens on, is the last port of it. */
  readonly ports: string;
  readonly options?: readonly string[];
};

const never = ["--health-cmd", "exit 1", "--health-start-period", "1h", "--health-interval", "1h"];

/** In the order in which they are started: the older claim of a port has it. */
const parts: readonly Part[] = [
  { service: "shop/web", node: 1, ports: "8080:80" },
  { service: "shop/web", node: 2, ports: "8080:80" },
  { service: "shop/web", node: 1, ports: "8080:80" },
  { service: "shop/api", node: 1, ports: "8000" },
  { service: "shop/api", node: 2, ports: "8000" },
  { service: "shop/orders-db", node: 1, ports: "5432" },
  { service: "shop/redis-master", node: 2, ports: "6379" },
  { service: "shop/redis-replica", node: 1, ports: "6380:6379" },
  { service: "blog/ghost", node: 1, ports: "2368" },
  { service: "blog/ghost", node: 2, ports: "2368" },
  { service: "blog/mysql", node: 2, ports: "3306" },
  { service: "metrics/grafana", node: 1, ports: "3000" },
  { service: "metrics/loki", node: 2, ports: "3100" },
  { service: "queue/rabbitmq", node: 1, ports: "5672" },
  { service: "queue/rabbitmq", node: 2, ports: "5672" },
  { service: "shop/api", node: 2, ports: "8000", options: never },
  { service: "mail/webmail", node: 1, ports: "8080:80" },
  { service: "shop/admin", node: 2, ports: "99999:8081" },
];

/** Ports that clients are connected to, with how many there are at most at a time. */
const clients = { 8080: 40, 8000: 25, 6379: 12, 5432: 6, 2368: 4 };

/** Two machines on which a shop, a blog and what belongs to them run; not everything is as it should be. */
export type Scene = { readonly apis: AgentApis; readonly end: () => void };

/** Starts the programs and the containers of the scene, and what connects to them. */
export async function startScene(lab: Lab): Promise<Scene> {
  const apis = await makeAgentApis(lab);
  await Promise.all(lab.nodes.map((node) => node.agent.start(apis.agent(node))));
  const started: LabContainer[] = [];
  for (const [at, part] of parts.entries()) started.push(await start(lab.node(part.node), part, nth(at)));
  await started.at(-4)?.pause();
  return { apis, end: keepConnected(lab.node(1)) };
}

/** Which container of its service it is. */
function nth(at: number): number {
  return parts.slice(0, at + 1).filter(({ service }) => service === parts[at]?.service).length;
}

function start(node: LabNode, { service: whole, ports, options }: Part, number: number): Promise<LabContainer> {
  const [project = "", service = ""] = whole.split("/");
  const [listened = ""] = ports.match(/[0-9]+$/) ?? [];
  return node.runContainer({
    name: `${project}-${service}-${number}`,
    labels: { ...composeLabels(project, service), ...proxyLabels(ports) },
    publish: [listened],
    command: ["redis-server", "--save", "", "--port", listened],
    ...(options !== undefined && { options }),
  });
}

/** Has clients come and go, until the answer is called. */
function keepConnected({ address }: LabNode): () => void {
  const open = Object.entries(clients).map(([port, most]) => ({ port: Number(port), most, sockets: [] as Socket[] }));
  const timer = setInterval(() => {
    const share = 0.6 + 0.4 * Math.sin(Date.now() / 15_000);
    for (const { port, most, sockets } of open) {
      if (sockets.length > most * share) sockets.shift()?.destroy();
      // A port that is not served yet, or not any more, takes no connection: the next look tries again.
      else sockets.push(connect({ host: address, port }).on("error", () => undefined));
    }
  }, 100);
  return () => {
    clearInterval(timer);
    for (const { sockets } of open) for (const each of sockets) each.destroy();
  };
}
