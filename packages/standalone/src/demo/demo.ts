import { composeLabels } from "@fairway/registrar";
import { run } from "../processes/run.ts";
import { demoImage, type ImageFacts } from "./demo-image.ts";

/** What the demo's containers are made with. */
export type Demo = ImageFacts & {
  /** Port of the listener. */
  readonly port: number;
};

type OwnContainers = Pick<Demo, "docker" | "ground">;

/** The demo as it runs. */
export type RunningDemo = { readonly image: string; readonly primary: string; readonly replica: string };

const project = "fairway-demo";
const containerPort = 6379;

/** Primary and replica, as the document's third template has them; nothing of them is published. */
export async function startDemo(demo: Demo): Promise<RunningDemo> {
  const image = await demoImage(demo);
  const [primary, replica] = [`fairway-${demo.port}-redis-master`, `fairway-${demo.port}-redis-slave`];
  await start(demo, ["--name", primary, ...labels(demo, "redis-master"), image]);
  const follow = ["redis-server", "--slaveof", "redis-master", String(containerPort)];
  const options = ["--link", `${primary}:redis-master`, "--label", "aliyun.depends=redis-master"];
  await start(demo, ["--name", replica, ...labels(demo, "redis-slave"), ...options, image, ...follow]);
  return { image, primary, replica };
}

/** Starts the demo's containers again after their engine has died: the replica after the primary that it follows. */
export async function startDemoAgain(demo: OwnContainers): Promise<void> {
  for (const id of (await containersOf(demo)).toReversed()) await run([...demo.docker, "start", id]);
}

/** Removes the demo's containers, of this run or an earlier one of the same ground, and no others. */
export async function removeDemo(demo: OwnContainers): Promise<void> {
  const ids = await containersOf(demo);
  if (ids.length > 0) await run([...demo.docker, "rm", "--force", "--volumes", ...ids]);
}

/** Ids, the latest made first. */
async function containersOf({ docker, ground }: OwnContainers): Promise<readonly string[]> {
  const filter = `label=dev.fairway.standalone=${ground.directory}`;
  const ids = await run([...docker, "ps", "--all", "--quiet", "--filter", filter]);
  return ids === "" ? [] : ids.split("\n");
}

/** What TCP_PORTS says so that the listener has this port. */
export function tcpPorts(port: number): string {
  return port === containerPort ? String(port) : `${port}:${containerPort}`;
}

function labels({ port, ground }: Demo, service: string): readonly string[] {
  return Object.entries({
    "aliyun.proxy.required": "true",
    "aliyun.proxy.TCP_PORTS": tcpPorts(port),
    [composeLabels.project]: project,
    [composeLabels.service]: service,
    "dev.fairway.standalone": ground.directory,
  }).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
}

async function start({ docker, signal }: Demo, args: readonly string[]): Promise<void> {
  await run([...docker, "run", "--detach", ...args], { signal });
}
