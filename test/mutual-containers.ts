import { composeLabels, namedRedis, proxyLabels } from "./lab/index.ts";
import type { LabNode } from "./lab/index.ts";

/** A container whose port a node publishes by a number that is another's front port. */
export type Mutual = {
  readonly node: number;
  readonly name: string;
  readonly hostPort: number;
  readonly front: number;
};

/** Each has the front port that the next one publishes on its own node. */
export const mutual: readonly Mutual[] = [
  { node: 1, name: "mutual-1", hostPort: 7301, front: 7302 },
  { node: 2, name: "mutual-2", hostPort: 7302, front: 7303 },
  { node: 3, name: "mutual-3", hostPort: 7303, front: 7301 },
];

/** Of one node: each has the front port that the other one publishes. */
export const crossed: readonly Mutual[] = [
  { node: 1, name: "crossed-1", hostPort: 7306, front: 7307 },
  { node: 1, name: "crossed-2", hostPort: 7307, front: 7306 },
];

/** The front ports that a node's proxy may listen at, as no container there publishes them. */
export function frontsOf(node: number): readonly Mutual[] {
  return mutual.filter(({ front }) => front !== mutual[node - 1]?.hostPort);
}

/** Starts one on its node. */
export function runMutual(node: LabNode, { name, hostPort, front }: Mutual) {
  const command = namedRedis(name, "--port", "7000");
  return node.runContainer({ labels: labelsThere(name, `${front}:7000`), publish: [`${hostPort}:7000`], command });
}

/** Labels that put a service of the project `there` behind a front port. */
export function labelsThere(service: string, ports: string) {
  return { ...composeLabels("there", service), ...proxyLabels(ports) };
}
