import { join } from "node:path";
import { startChild, until, run } from "@fairway/standalone";
import { importLabImage, type LabNode } from "../../../../test/lab/index.ts";

/** A rootless Docker engine beside a node's own. */
export type RootlessEngine = {
  /** As in DOCKER_HOST. */
  readonly dockerHost: string;
  /** Runs `docker` with these arguments and answers its output. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
};

/** As root: ids and a tunnel's device for a user who has none, in the lab's own mounts; then all as that user. */
const asNobody = `
printf 'nobody:100000:65536\n' > "$0/ids"
mount --bind "$0/ids" /etc/subuid
mount --bind "$0/ids" /etc/subgid
mknod -m 666 /run/tun c 10 200
mount --bind /run/tun /dev/net/tun
mkdir -p "$0/runtime"
chown nobody "$0" "$0/runtime"
export HOME="$0" XDG_RUNTIME_DIR="$0/runtime"
exec setpriv --reuid nobody --regid nogroup --clear-groups rootlesskit --state-dir="$0/runtime/kit" \\
  --net=slirp4netns --disable-host-loopback --port-driver=builtin --copy-up=/etc --propagation=rslave \\
  sh -c 'mount -t tmpfs tmpfs /run && exec dockerd "$@"' sh "$@"
`;

/** Starts one with the bridge of the node's own engine: both give the same addresses, as engines do by default. */
export async function startRootlessEngine(node: LabNode): Promise<RootlessEngine> {
  const directory = join(node.directory, "rootless");
  const dockerHost = `unix://${directory}/docker.sock`;
  const options = [
    "--rootless",
    "--storage-driver=vfs",
    "--exec-opt=native.cgroupdriver=cgroupfs",
    "--bip=198.19.0.1/24",
    `--data-root=${directory}/data`,
    `--exec-root=${directory}/exec`,
    `--pidfile=${directory}/docker.pid`,
    `--host=${dockerHost}`,
  ];
  await run(["mkdir", "-p", directory]);
  const command = [...node.wrapper, "sh", "-ec", asNobody, directory, ...options];
  const child = startChild({ name: "rootless dockerd", command, logFile: join(node.directory, "rootless.log") });
  const docker = (...args: readonly string[]) => run(["docker", "--host", dockerHost, ...args], { timeoutMs: 90_000 });
  const answers = () =>
    docker("info").then(
      () => true,
      () => child.hasEnded(),
    );
  await until(answers, { what: "the rootless engine answers", withinMs: 90_000 });
  await importLabImage(dockerHost);
  return { dockerHost, docker };
}
