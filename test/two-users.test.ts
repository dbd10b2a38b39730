import assert from "node:assert/strict";
import { chmod, chown, cp, mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { isBundled, startChild } from "@fairway/standalone";
import type { LabNode } from "./lab/index.ts";
import { composeLabels, eventually, namedRedis, proxyLabels, useLab, whoAnswers } from "./lab/index.ts";

type Program = "registrar" | "proxy-agent";

/** Of users and groups that this machine need not have. */
const ids: Readonly<Record<string, number>> = { "fairway-registrar": 64_101, fairway: 64_102, docker: 64_103 };
const stranger = 64_104;
/** One that only the unit's capability opens. */
const port = 80;
const within = 30_000;
const noFile = /Permission denied|Operation not permitted|EACCES|EPERM/;

/** What a unit gives its program, as `setpriv` says it. */
async function unitOf(program: Program) {
  const text = await readFile(new URL(`../deploy/systemd/fairway-${program}.service`, import.meta.url), "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  const capabilities = (name: string) => value(name).toLowerCase().replaceAll("cap_", "+").replaceAll(" ", ",");
  const [user = -1, group = -1] = [value("User"), value("SupplementaryGroups")].map((name) => ids[name] ?? -1);
  const ambient = capabilities("AmbientCapabilities");
  const bounding = ["-all", capabilities("CapabilityBoundingSet")].filter(Boolean).join(",");
  assert.equal(value("NoNewPrivileges"), "yes");
  const groups = group === -1 ? "--clear-groups" : `--groups=${group}`;
  const raised = ambient === "" ? [] : [`--inh-caps=${ambient}`, `--ambient-caps=${ambient}`];
  const priv = [
    `--reuid=${user}`,
    `--regid=${user}`,
    groups,
    `--bounding-set=${bounding}`,
    ...raised,
    "--no-new-privs",
  ];
  return { user, group, priv: ["setpriv", ...priv], mode: Number.parseInt(value("StateDirectoryMode") || "755", 8) };
}

describe("the two users of a node under systemd", () => {
  const lab = useLab({ isSecured: true, registrars: false, agents: false });
  const pids: Record<string, number> = {};
  const secrets: Record<Program, readonly string[]> = { registrar: [], "proxy-agent": [] };
  let n1: LabNode;
  let stateDir: string;

  /** The settings of a program, their files as `install` gives them to its user. */
  const settingsOf = async (program: Program, owner: number) => {
    const { security, endpoints } = lab().etcd;
    const directory = join(lab().directory, "etc-fairway", program);
    await mkdir(directory, { recursive: true });
    const given = Object.entries(security?.[program === "registrar" ? "registrar" : "agent"] ?? {});
    const isFile = (value: string) => value.startsWith(security?.directory ?? "-");
    const files = [...new Set(given.map(([, value]) => value).filter(isFile))];
    const at = (file: string) => join(directory, basename(file));
    for (const file of files) await n1.run("install", "--owner", `${owner}`, "--mode", "400", file, at(file));
    secrets[program] = files.map(at).filter((file) => /\.(key|password)$/.test(file));
    const settings = given.map(([name, value]) => [name, isFile(value) ? at(value) : value]);
    return { ETCD_ENDPOINTS: endpoints, NODE_NAME: n1.name, ...Object.fromEntries(settings) };
  };

  /** Starts a program as its unit does, from a copy that every user may read. */
  const start = async (program: Program, adminPort: number, env: Readonly<Record<string, string>>) => {
    assert.ok(isBundled(program), "the bundles are older than their sources: npm run build");
    const opt = join(lab().directory, "opt", program);
    await cp(new URL(`../packages/${program}/bundle`, import.meta.url), opt, { recursive: true });
    const { user, priv } = await unitOf(program);
    const settings = await settingsOf(program, user);
    startChild({
      name: program,
      command: [...n1.wrapper, ...priv, process.execPath, join(opt, `bin/fairway-${program}.js`)],
      env: { ADMIN_LISTEN: `${n1.address}:${adminPort}`, ...settings, ...env },
      cwd: "/",
      logFile: join(n1.directory, `${program}.log`),
    });
    const isReady = async () => (await fetch(`http://${n1.address}:${adminPort}/readyz`)).status === 200;
    await eventually(async () => assert.ok(await isReady().catch(() => false), `${program} is not ready`), { within });
    pids[program] = Number(await n1.run("pgrep", "--uid", `${user}`, "--full", `/bin/fairway-${program}.js`));
  };

  before(async () => {
    n1 = lab().node(1);
    stateDir = join(n1.directory, "state");
    const [registrar, agent] = [await unitOf("registrar"), await unitOf("proxy-agent")];
    const socket = n1.dockerHost.replace("unix://", "");
    await chown(socket, 0, registrar.group);
    await chmod(socket, 0o660);
    await mkdir(stateDir);
    await chown(stateDir, agent.user, agent.user);
    await chmod(stateDir, agent.mode);
    const labels = { ...composeLabels("shop", "db"), ...proxyLabels(`${port}:6379`) };
    await n1.runContainer({ labels, command: namedRedis("db") });
    await start("registrar", 7380, { DOCKER_HOST: n1.dockerHost });
    await start("proxy-agent", 7381, { STATE_DIR: stateDir, ADDITIONAL_SERVICES: "*" });
    pids["haproxy"] = Number((await readFile(join(stateDir, "haproxy.pid"), "utf8")).split("\n")[0]);
  });

  /** What a user without rights is told; empty: it was let through. */
  const refusal = async (user: number, command: readonly string[]) => {
    const as = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--no-new-privs", ...command];
    return n1.run(...as).then(
      () => "",
      (error: unknown) => String(error),
    );
  };

  const connecting = (socket: string) => {
    const script = `require("net").connect(process.argv[1]).on("connect", () => process.exit()).on("error", (error) => { throw error; })`;
    return [process.execPath, "--eval", script, socket];
  };

  /** What only the proxy's user has, as commands that succeed for it. */
  const ofProxy = () => [
    ["ls", stateDir],
    ["cat", join(stateDir, "snapshot.json")],
    ["cat", join(stateDir, "haproxy.cfg")],
    connecting(join(stateDir, "haproxy.sock")),
    connecting(join(stateDir, "master.sock")),
    ...secrets["proxy-agent"].map((file) => ["cat", file]),
    ...["proxy-agent", "haproxy"].map((name) => ["kill", "-0", `${pids[name]}`]),
  ];

  const ofRegistrar = () => [...secrets.registrar.map((file) => ["cat", file]), ["kill", "-0", `${pids["registrar"]}`]];

  const environOf = (...names: readonly string[]) => names.map((name) => ["cat", `/proc/${pids[name]}/environ`]);

  const areRefused = async (user: number, commands: readonly (readonly string[])[]) => {
    assert.ok(commands.length > 4);
    for (const command of commands) assert.match(await refusal(user, command), noFile, command.join(" "));
  };
  const succeed = async (user: number, commands: readonly (readonly string[])[]) => {
    for (const command of commands) assert.equal(await refusal(user, command), "", command.join(" "));
  };

  it("serve a container on a port below 1024 with what the units give them", async () => {
    const served = { address: n1.address, port };
    await eventually(async () => assert.equal(await whoAnswers(served), "db"), { within });
    const ownerOf = async (name: string) =>
      /^Uid:\s+(\d+)/m.exec(await n1.run("cat", `/proc/${pids[name]}/status`))?.[1];
    const owners = await Promise.all(["registrar", "proxy-agent", "haproxy"].map(ownerOf));
    assert.deepEqual(owners, ["64101", "64102", "64102"]);
  });

  it("keep the proxy's state, sockets, secrets and processes from the registrar's user, and from any other", async () => {
    await succeed(ids["fairway"] ?? -1, ofProxy());
    const all = [...ofProxy(), ...environOf("proxy-agent", "haproxy")];
    await areRefused(ids["fairway-registrar"] ?? -1, all);
    await areRefused(stranger, all);
  });

  it("keep the registrar's secrets and process, and Docker's socket, from the proxy's user, and from any other", async () => {
    await succeed(ids["fairway-registrar"] ?? -1, ofRegistrar());
    const all = [...ofRegistrar(), ...environOf("registrar"), connecting(n1.dockerHost.replace("unix://", ""))];
    await areRefused(ids["fairway"] ?? -1, all);
    await areRefused(stranger, all);
  });
});
