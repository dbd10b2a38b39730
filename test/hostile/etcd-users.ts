import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "@fairway/standalone";
import type { Lab, LabNode } from "../lab/index.ts";

type Env = Readonly<Record<string, string>>;

/** Somebody with a user of etcd, and what becomes of his requests. */
export type EtcdUser = {
  /** Carries a request out. Rejects when etcd denies it. */
  readonly ctl: (...args: readonly string[]) => Promise<string>;
  /** Tries what the user's role does not allow. Rejects when etcd carried it out. */
  readonly tryInVain: (...args: readonly string[]) => Promise<void>;
};

/** The strangers' users: that of another project's registrar, and the one that the addon hands to proxy containers. */
export type EtcdUsers = {
  readonly registrar: EtcdUser;
  readonly subscriber: EtcdUser;
  /** Settings of the registrar that has the first of them. */
  readonly settings: Env;
};

/** The only project that the strangers' registrar may write endpoints and claims of. */
export const strangers = "evil";

const prefix = "/fairway/v1";

/** Makes a user for the registrar of a node as docs/deploying.md does: it writes what belongs to one project there alone. */
export async function makeEtcdUsers({ etcd }: Pick<Lab, "etcd">, { name }: Pick<LabNode, "name">): Promise<EtcdUsers> {
  const { security, ctl, endpoints } = etcd;
  if (security === undefined) throw new Error("the lab's etcd has no users");
  const password = "a-password-of-its-own";
  await ctl("user", "add", `${strangers}:${password}`);
  await ctl("role", "add", strangers);
  const writes = [`endpoints/${strangers}/`, `claims/*/${strangers}/`, `rejections/${name}/`, `hostports/${name}/`];
  for (const key of writes)
    await ctl("role", "grant-permission", strangers, "readwrite", "--prefix", `${prefix}/${key}`);
  await ctl("role", "grant-permission", strangers, "readwrite", `${prefix}/nodes/${name}`);
  await ctl("role", "grant-permission", strangers, "read", "--prefix", `${prefix}/`);
  await ctl("user", "grant-role", strangers, strangers);
  const file = join(security.directory, `${strangers}.password`);
  await writeFile(file, password);
  const as = (user: string, secret: string) =>
    userOf([...security.ctl, "--endpoints", endpoints, "--user", `${user}:${secret}`]);
  return {
    registrar: as(strangers, password),
    subscriber: as("subscriber", await security.password("subscriber")),
    settings: { ETCD_USERNAME: strangers, ETCD_PASSWORD_FILE: file, PROJECTS: strangers },
  };
}

function userOf(options: readonly string[]): EtcdUser {
  const ctl = (...args: readonly string[]) => run(["etcdctl", ...options, ...args], { env: { ETCDCTL_API: "3" } });
  const tryInVain = async (...args: readonly string[]) => {
    const isDone = await ctl(...args).then(
      () => true,
      () => false,
    );
    if (isDone) throw new Error(`etcd carried out ${args.join(" ")}`);
  };
  return { ctl, tryInVain };
}
