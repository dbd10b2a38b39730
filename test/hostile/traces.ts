import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab, LabNode } from "../lab/index.ts";
import { secret } from "./attack.ts";

const mostGrowthMb = 32;
const mostEtcdMb = 64;

/** Resident memory of every registrar and agent, in MB, by its process and program: `4711 proxy-agent`. */
export async function residentMb({ nodes }: Lab): Promise<ReadonlyMap<string, number>> {
  const [node] = nodes;
  assert.ok(node);
  const script = `for pid in $(pgrep --full '[n]ode .*(registrar|proxy-agent)'); do
    printf '%s %s %s\\n' "$pid" "$(tr '\\0' ' ' </proc/$pid/cmdline | grep -o 'registrar\\|proxy-agent' | head -n 1)" \\
      "$(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$pid/status)"; done`;
  const lines = (await node.run("sh", "-c", script)).split("\n").map((line) => line.split(" "));
  return new Map(lines.flatMap(([pid, program, kb]) => (pid && kb ? [[`${pid} ${program}`, Number(kb) / 1024]] : [])));
}

/** Throws where a program grew by more than 32 MB, or etcd's file is larger than 64 MB after a compaction. */
export async function assertSmall(
  lab: Lab,
  before: ReadonlyMap<string, number>,
  say: (line: string) => void,
): Promise<void> {
  const now = await residentMb(lab);
  const growth = [...before].map(([name, mb]) => ({ name, mb: Math.round((now.get(name) ?? Infinity) - mb) }));
  await lab.etcd.compact();
  await lab.etcd.ctl("defrag");
  const [status] = JSON.parse(await lab.etcd.ctl("endpoint", "status", "--write-out", "json")) as [
    { readonly Status: { readonly dbSize: number } },
  ];
  const etcdMb = status.Status.dbSize / 1024 ** 2;
  const told = growth.map(({ name, mb }) => `${name} ${mb}`).join(", ");
  say(`programs grew by, in MB: ${told}; etcd's file has ${etcdMb.toFixed(1)} MB`);
  assert.deepEqual(
    growth.filter(({ mb }) => mb > mostGrowthMb),
    [],
  );
  assert.ok(etcdMb <= mostEtcdMb, `etcd's file has ${etcdMb} MB`);
}

/** Throws where the secret of a label stands in the registry, in a log, a page, or a file of a proxy. */
export async function assertNothingLeaked(lab: Lab): Promise<void> {
  const registry = await lab.etcd.keys("/fairway/v1/");
  const written = registry.filter(({ key }) => !key.includes("/forged/")).map(({ key, value }) => `${key} ${value}`);
  const texts = [...written, ...(await Promise.all(lab.nodes.map(textsOf))).flat()];
  assert.deepEqual(
    texts
      .filter((text) => text.includes(secret.slice(0, 8)))
      .map((text) => text.slice(Math.max(0, text.indexOf(secret.slice(0, 8)) - 300)).slice(0, 400)),
    [],
  );
}

async function textsOf({ registrar, agent, stateDir }: LabNode): Promise<readonly string[]> {
  const pages = [registrar, agent].flatMap((program) =>
    ["/status", "/metrics", "/readyz"].map((path) => program.admin(path)),
  );
  const files = ["haproxy.cfg", "snapshot.json"].map((name) => readFile(join(stateDir, name), "utf8"));
  return [
    ...(await Promise.all(pages)).map(({ body }) => body),
    ...(await Promise.all([...files, registrar.log(), agent.log()])),
  ];
}
