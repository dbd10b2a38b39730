import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@fairway/standalone";

type Env = Readonly<Record<string, string>>;

/** Certificates and passwords of a lab's etcd, made by the scripts that users run. */
export type Security = {
  readonly directory: string;
  /** Options of a member. */
  readonly options: (member: string) => readonly string[];
  /** Options of etcdctl, as root. */
  readonly ctl: readonly string[];
  /** Settings of a registrar, with what its addon hands out, and those of an agent on a node. */
  readonly registrar: Env;
  readonly agent: Env;
  /** Makes users and roles and turns authentication on. */
  readonly makeRoles: (endpoints: string) => Promise<string>;
  readonly password: (user: User) => Promise<string>;
  /** Name, password and the registrar's certificate, which lets in whoever has one. */
  readonly access: (user: User) => Promise<Access>;
};

type User = "root" | "registrar" | "subscriber" | "operator";
type Access = Readonly<Record<"username" | "password" | "ca" | "cert" | "key", string>>;

const script = (name: string) => fileURLToPath(new URL(`../../deploy/etcd/${name}`, import.meta.url));

/** Makes the certificates of a cluster, by name and address of its members. */
export async function secure(
  directory: string,
  members: readonly { readonly name: string; readonly address: string }[],
): Promise<Security> {
  const file = (name: string) => join(directory, name);
  const contents = (name: string) => readFile(file(name), "utf8");
  const password = async (user: User) => (await contents(`${user}.password`)).trim();
  const served = members.map(({ name, address }) => `${name}=${address}`);
  await run(["sh", script("certificates.sh"), directory, ...served, "root", "registrar", "subscriber"]);
  return {
    directory,
    options: (member) => memberOptions(file, member),
    ctl: ["--cacert", file("ca.crt"), "--cert", file("root.crt"), "--key", file("root.key")],
    registrar: { ...clientSettings(file, "registrar"), ...clientSettings(file, "subscriber", "ADDON_") },
    agent: clientSettings(file, "subscriber"),
    makeRoles: (endpoints) => run(["sh", script("roles.sh"), directory], { env: rootOf(file, endpoints) }),
    password,
    access: async (user) => {
      const [ca = "", cert = "", key = ""] = await Promise.all(
        ["ca.crt", "registrar.crt", "registrar.key"].map(contents),
      );
      return { username: user, password: await password(user), ca, cert, key };
    },
  };
}

type File = (name: string) => string;

function memberOptions(file: File, member: string): readonly string[] {
  return ["", "peer-"].flatMap((whose) => [
    `--${whose}cert-file`,
    file(`${member}.crt`),
    `--${whose}key-file`,
    file(`${member}.key`),
    `--${whose}trusted-ca-file`,
    file("ca.crt"),
    `--${whose}client-cert-auth`,
  ]);
}

function clientSettings(file: File, user: string, prefix = ""): Env {
  return {
    [`${prefix}ETCD_CA_FILE`]: file("ca.crt"),
    [`${prefix}ETCD_CERT_FILE`]: file(`${user}.crt`),
    [`${prefix}ETCD_KEY_FILE`]: file(`${user}.key`),
    [`${prefix}ETCD_USERNAME`]: user,
    [`${prefix}ETCD_PASSWORD_FILE`]: file(`${user}.password`),
  };
}

function rootOf(file: File, endpoints: string): Env {
  return {
    ETCDCTL_ENDPOINTS: endpoints,
    ETCDCTL_CACERT: file("ca.crt"),
    ETCDCTL_CERT: file("root.crt"),
    ETCDCTL_KEY: file("root.key"),
  };
}
