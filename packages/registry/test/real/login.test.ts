import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { RegistryClient } from "@fairway/registry";
import { countChannels } from "./channels.ts";
import type { EtcdMember } from "./etcd.ts";
import { endpoints, endpointAt } from "./node.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const run = promisify(execFile);
const all = [{ prefix: "endpoints/" }];
const access = { username: "registrar", password: "secret" };
const asRoot = ["--user", "root:root"];

async function enableUsers({ ctl }: EtcdMember): Promise<void> {
  for (const user of ["root:root", "registrar:secret"]) await ctl("user", "add", user);
  await ctl("role", "add", "registrar");
  await ctl("role", "grant-permission", "registrar", "readwrite", "--prefix", "/fairway/v1/");
  await ctl("user", "grant-role", "registrar", "registrar");
  await ctl("user", "grant-role", "root", "root");
  await ctl("auth", "enable");
}

async function countAuthentications({ endpoint }: EtcdMember): Promise<number> {
  const metrics = await (await fetch(`${endpoint}/metrics`)).text();
  const lines = metrics.matchAll(/^grpc_server_handled_total\{.*grpc_method="Authenticate".*\} (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function openedOrEnded(client: RegistryClient, revision: bigint): Promise<string> {
  return new Promise((resolve) => {
    client.watch(all, revision, { onOpen: () => resolve("open"), onChanges: () => undefined, onEnd: resolve });
  });
}

describe("a user of an etcd with simple tokens", () => {
  let world: World;

  before(async () => {
    world = await createWorld({ access, args: ["--auth-token-ttl", "1"] });
    await enableUsers(world.member);
  });

  after(() => world.end());

  it("whose password is wrong leaves no channel behind for an attempt, and asks seldom", async () => {
    const client = world.open({ password: "wrong" });
    const before = await countAuthentications(world.member);
    await assert.rejects(client.list(all), /authentication failed/);
    const channels = await countChannels();
    for (let n = 0; n < 200; n++) await assert.rejects(client.list(all), /authentication failed/);
    const asked = (await countAuthentications(world.member)) - before;
    assert.ok((await countChannels()) <= channels, "channels are left");
    assert.ok(asked < 20, `${asked} attempts`);
  });

  it("begins a watch with a new token when a member forgot the one it had", async () => {
    const client = world.open();
    const { revision } = await client.list(all);
    await delay(3000);
    assert.equal(await openedOrEnded(client, revision + 1n), "open");
  });
});

describe("a user of an etcd with JSON web tokens", () => {
  let dir: string;
  let world: World;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "fairway-jwt-"));
    const [privateKey, publicKey] = [join(dir, "jwt.key"), join(dir, "jwt.pub")];
    await run("openssl", ["genrsa", "-out", privateKey, "2048"]);
    await run("openssl", ["rsa", "-in", privateKey, "-pubout", "-out", publicKey]);
    const token = `jwt,pub-key=${publicKey},priv-key=${privateKey},sign-method=RS256,ttl=8h`;
    world = await createWorld({ access, args: ["--auth-token", token] });
    await enableUsers(world.member);
  });

  after(async () => {
    await world.end();
    await rm(dir, { recursive: true });
  });

  it("goes on after users and roles have changed", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 3), leaseTtlMs: 20_000 });
    const seen = world.subscribe(all, 300);
    await publisher.settled();
    await until(() => seen.view().size === 3);
    const { session } = publisher.state();
    await world.member.ctl(...asRoot, "role", "add", "another");
    publisher.set(new Map([[endpointAt("n1", 0), "after a change of roles"]]));
    await until(() => seen.view().get(endpointAt("n1", 0)) === "after a change of roles");
    const { refused, waitingFor } = publisher.state();
    assert.deepEqual([refused, waitingFor, publisher.state().session], [[], undefined, session]);
    const looks = seen.count("compared");
    await until(() => seen.count("compared") > looks + 1);
    assert.deepEqual([seen.count("lost"), seen.log.lines, publisher.log.lines.length], [0, [], 1]);
  });
});
