import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { composeLabels, labImage, proxyLabels, redisCommand } from "../../test/lab/index.ts";
import { spawnProbe } from "../../test/lab/probes/spawn-probe.ts";
import type { Scene } from "./scene.ts";
import { simulatedRecord } from "./simulated-endpoints.ts";

/** Somebody who takes what he can on the node, and on the registry. */
export type Neighbour = {
  readonly name: string;
  /** Begins; the answer ends it and removes what it made. */
  readonly begin: (scene: Scene) => Promise<() => Promise<void>>;
  /** The same containers with labels that are nobody's: what their engine costs others by itself. */
  readonly beginUnlabelled?: (scene: Scene) => Promise<() => Promise<void>>;
};

/** The node in the registry that simulated neighbours stand on. */
export const neighbourNode = "neighbour";

const containers = 4;
const portsOfEach = 256;

/** Where the front ports of each neighbour begin: a proxy keeps those of the one before for a while. */
const first = { flapping: 20_000, taken: 22_000, closed: 24_000, crashing: 26_000, simulated: 28_000 } as const;

/** The ports of one of the containers, as TCP_PORTS lists them. */
function portList(from: number, at: number, containerPort: (front: number) => number): string {
  const fronts = Array.from({ length: portsOfEach }, (_, n) => from + at * portsOfEach + n);
  return fronts.map((front) => `${front}:${containerPort(front)}`).join(", ");
}

/** Whose labels containers have: Fairway's, or nobody's. */
type Labels = (service: string, ports: string) => Readonly<Record<string, string>>;

const labelled: Labels = (service, ports) => ({ ...composeLabels("neighbour", service), ...proxyLabels(ports) });
const unlabelled: Labels = (service, ports) => ({ "bench.service": service, "bench.ports": ports });

type Crowd = { readonly ports: (at: number) => string; readonly more?: readonly string[]; readonly labels?: Labels };

/** Starts the containers; answers their ids, and what removes them. */
async function crowd({ node }: Scene, { ports, more = [], labels: labelsOf = labelled }: Crowd) {
  const ids = await Promise.all(
    Array.from({ length: containers }, (_, at) => {
      const labels = Object.entries(labelsOf(`s${at}`, ports(at)));
      const flags = labels.flatMap(([name, value]) => ["--label", `${name}=${value}`]);
      const command = more.length > 0 ? more : [labImage, ...redisCommand];
      return node.docker("run", "--detach", ...flags, ...command);
    }),
  );
  const remove = async () => void (await node.docker("rm", "--force", "--volumes", ...ids));
  return { ids, remove };
}

/** Does something again and again until it is ended. */
function again(act: () => Promise<unknown>, restMs: number): () => Promise<void> {
  const stop = new AbortController();
  const acting = (async () => {
    while (!stop.signal.aborted) {
      await act().catch(() => undefined);
      await delay(restMs);
    }
  })();
  return async () => {
    stop.abort();
    await acting;
  };
}

/** A program in the node's network, given as text; the answer ends it. */
function inNode({ node }: Scene, script: string): () => void {
  const child = spawnProbe([...node.wrapper, process.execPath, "--eval", script]);
  return () => void child.kill("SIGKILL");
}

/** They are paused and go on as fast as their engine can. */
async function flap(scene: Scene, labels: Labels): Promise<() => Promise<void>> {
  const { ids, remove } = await crowd(scene, { ports: (at) => portList(first.flapping, at, () => 6379), labels });
  const flip = async () => {
    await scene.node.docker("pause", ...ids);
    await scene.node.docker("unpause", ...ids);
  };
  const stop = again(flip, 100);
  return async () => {
    await stop();
    await scene.node.docker("unpause", ...ids).catch(() => undefined);
    await remove();
  };
}

const flapping: Neighbour = {
  name: "1,024 ports that flap",
  begin: async (scene) => flap(scene, labelled),
  beginUnlabelled: async (scene) => flap(scene, unlabelled),
};

const taken: Neighbour = {
  name: "1,024 ports that are taken",
  begin: async (scene) => {
    const script = `for (let p = ${first.taken}; p < ${first.taken + containers * portsOfEach}; p += 1) require("net").createServer().listen(p);`;
    const end = inNode(scene, script);
    await delay(1000);
    const { remove } = await crowd(scene, { ports: (at) => portList(first.taken, at, () => 6379) });
    return async () => {
      await remove();
      end();
    };
  },
};

const closed: Neighbour = {
  name: "1,024 ports that are closed",
  begin: async (scene) => (await crowd(scene, { ports: (at) => portList(first.closed, at, (front) => front) })).remove,
};

async function crash(scene: Scene, labels: Labels): Promise<() => Promise<void>> {
  const more = ["--restart", "always", labImage, "redis-server", "--no-such-option"];
  return (await crowd(scene, { ports: (at) => portList(first.crashing, at, () => 6379), more, labels })).remove;
}

const crashing: Neighbour = {
  name: "a crash loop",
  begin: async (scene) => crash(scene, labelled),
  beginUnlabelled: async (scene) => crash(scene, unlabelled),
};

async function restartWithLongLabel(scene: Scene, labels: Labels): Promise<() => Promise<void>> {
  const body = { Image: labImage, Cmd: redisCommand, Labels: labels("long", "8080,".repeat(2_000_000)) };
  const id = await createContainer(scene.node.dockerHost, JSON.stringify(body));
  await scene.node.docker("start", id);
  const stop = again(async () => scene.node.docker("restart", "--time", "0", id), 500);
  return async () => {
    await stop();
    await scene.node.docker("rm", "--force", "--volumes", id);
  };
}

const longLabel: Neighbour = {
  name: "a label of 10 MB",
  begin: async (scene) => restartWithLongLabel(scene, labelled),
  beginUnlabelled: async (scene) => restartWithLongLabel(scene, unlabelled),
};

/** A command line has no room for such labels. */
async function createContainer(dockerHost: string, body: string): Promise<string> {
  const socketPath = dockerHost.replace("unix://", "");
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: "/containers/create", method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve((JSON.parse(text) as { readonly Id: string }).Id));
    });
    asked.on("error", reject).end(body);
  });
}

/** Published nowhere: no proxy but that of its own node reaches it. */
function unreachableRecord(at: number, ip: string) {
  const { node, key, value } = simulatedRecord(
    { at, port: first.simulated + (at % 250), node: neighbourNode },
    "ready",
  );
  const record = JSON.parse(value) as Readonly<Record<string, unknown>>;
  const networks = { networkId: "elsewhere", network: "elsewhere", scope: "local", driver: "bridge" };
  const addresses = [{ via: "network", ...networks, ip, port: 6379 }];
  return { node, key, value: JSON.stringify({ ...record, addresses }) };
}

const unreachable: Neighbour = {
  name: "10,000 unreachable endpoints",
  begin: async ({ registrars }) => {
    const records = Array.from({ length: 10_000 }, (_, at) => unreachableRecord(at, "172.31.0.2"));
    for (const record of records) registrars.set(record, record.value);
    await registrars.settled();
    let turn = 0;
    const stop = again(async () => {
      turn += 1;
      const record = unreachableRecord(turn % records.length, `172.31.0.${3 + (turn % 200)}`);
      registrars.set(record, record.value);
    }, 50);
    return async () => {
      await stop();
      for (const record of records) registrars.set(record, undefined);
      await registrars.settled();
    };
  },
};

const refused: Neighbour = {
  name: "one record that etcd refuses",
  begin: async ({ registrars }) => {
    const record = unreachableRecord(0, "172.31.0.2");
    let turn = 0;
    const stop = again(async () => registrars.set(record, `${"x".repeat(2_800_000)}${(turn += 1)}`), 100);
    return async () => {
      await stop();
      registrars.set(record, undefined);
      await registrars.settled();
    };
  },
};

const silent: Neighbour = {
  name: "64 silent addon connections",
  begin: async (scene) => {
    const script = `
      const open = () => require("net").connect(7379, "${scene.node.address}").on("error", () => {}).on("close", () => setTimeout(open, 50));
      for (let n = 0; n < 64; n += 1) open();`;
    const end = inNode(scene, script);
    return () => Promise.resolve(end());
  },
};

/** All of them. */
export const neighbours: readonly Neighbour[] = [
  flapping,
  taken,
  closed,
  longLabel,
  unreachable,
  silent,
  crashing,
  refused,
];
