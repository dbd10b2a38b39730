import { tcpPorts } from "../demo/demo.ts";
import { machineSocket } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.ts";
import type { AdminPorts } from "../parts/environments.ts";

/** What there is to try. */
export type TryIt = {
  readonly port: number;
  readonly etcdEndpoints: string;
  readonly etcdPrefix: string;
  readonly statsPort: number;
  readonly pagePort: number;
  readonly adminPorts: AdminPorts;
  readonly engine: Pick<Engine, "dockerHost" | "isOwn">;
  readonly image: string;
  /** FAIRWAY_DIRECTORY when it is set. */
  readonly directory: string | undefined;
};

/** Lines that tell a newcomer what to try, each command ready to be pasted. */
export function tryIt(about: TryIt): readonly string[] {
  const { port, etcdEndpoints, etcdPrefix, statsPort, pagePort, adminPorts, engine, image, directory } = about;
  return [
    ...whichEngine(engine),
    "",
    "try:",
    `  redis-cli -p ${port} info replication`,
    `  etcdctl --endpoints=${etcdEndpoints} get --prefix ${etcdPrefix}/`,
    "  docker run --rm -d --name third --label aliyun.proxy.required=true \\",
    `    --label aliyun.proxy.TCP_PORTS=${tcpPorts(port)} ${image}`,
    `  ${directory === undefined ? "" : `FAIRWAY_DIRECTORY=${directory} `}npx fairway why third`,
    "  docker stop third",
    `  curl -s http://127.0.0.1:${adminPorts.agent}/status   # what the proxy serves, refuses and why`,
    `  curl -s http://127.0.0.1:${adminPorts.registrar}/status   # what the registrar sees`,
    `  http://127.0.0.1:${statsPort}/   HAProxy's own page`,
    "",
    `the page, live: http://127.0.0.1:${pagePort}/`,
    "",
    `primary and replica share port ${port}: a write that reaches the replica is answered READONLY`,
  ];
}

/** Once, so that the commands below stay short. */
function whichEngine({ dockerHost, isOwn }: TryIt["engine"]): readonly string[] {
  if (dockerHost === machineSocket) return [];
  const title = isOwn ? "the Docker engine that Fairway started:" : "the Docker engine:";
  const warning = "docker's warning that IPv4 forwarding is disabled is meant: containers reach this machine only";
  return ["", title, `  export DOCKER_HOST=${dockerHost}`, ...(isOwn ? ["", warning] : [])];
}
