import { tcpPorts } from "../demo/demo.ts";
import type { Engine } from "../engine/engine.ts";

/** What there is to try. */
export type TryIt = {
  readonly port: number;
  readonly etcdEndpoints: string;
  readonly etcdPrefix: string;
  readonly statsPort: number;
  readonly engine: Engine;
  readonly image: string;
};

/** Lines that tell a newcomer what to try, each command ready to be pasted. */
export function tryIt({ port, etcdEndpoints, etcdPrefix, statsPort, engine, image }: TryIt): readonly string[] {
  const docker = engine.dockerHost === "unix:///var/run/docker.sock" ? "docker" : `docker --host ${engine.dockerHost}`;
  const labels = `--label aliyun.proxy.required=true --label aliyun.proxy.TCP_PORTS=${tcpPorts(port)}`;
  return [
    ...(engine.isOwn
      ? ["", "the Docker engine that Fairway started:", `  export DOCKER_HOST=${engine.dockerHost}`]
      : []),
    "",
    "try:",
    `  redis-cli -p ${port} info replication`,
    `  etcdctl --endpoints=${etcdEndpoints} get --prefix ${etcdPrefix}/`,
    `  ${docker} run --rm -d --name third ${labels} ${image}`,
    `  ${docker} stop third`,
    `  http://127.0.0.1:${statsPort}/   HAProxy's own page`,
  ];
}
