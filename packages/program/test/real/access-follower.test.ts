import assert from "node:assert/strict";
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AccessSettings } from "@fairway/contract";
import { followAccess, openBySettings, registryAccess, registryCredentials } from "@fairway/program";
import { subscribe } from "@fairway/registry";
import { createLogRecorder, createRecorder } from "../../../registry/test/real/recorder.ts";
import { type Certificates, createCertificates } from "../../../registry/test/real/secured.ts";
import { until } from "../../../registry/test/real/until.ts";
import { createWorld, type World } from "../../../registry/test/real/world.ts";

describe("files of the registry's credentials", () => {
  let ours: Certificates;
  let others: Certificates;
  let world: World;
  let password: string;
  let end: () => Promise<void>;

  before(async () => {
    [ours, others] = await Promise.all([createCertificates(), createCertificates()]);
    const { file } = ours;
    password = join(ours.dir, "password");
    // The server keeps to the first authority; the program's copies of its files are what changes.
    for (const name of ["ca.crt", "client.crt", "client.key"] as const) {
      await cp(ours.file(name), join(ours.dir, `own-${name}`));
    }
    const tls = ["--cert", file("client.crt"), "--key", file("client.key"), "--cacert", file("ca.crt")];
    const server = ["--cert-file", file("server.crt"), "--key-file", file("server.key")];
    const access = {
      ca: await ours.pem("ca.crt"),
      cert: await ours.pem("client.crt"),
      key: await ours.pem("client.key"),
    };
    world = await createWorld({
      scheme: "https",
      args: [...server, "--trusted-ca-file", file("ca.crt"), "--client-cert-auth"],
      ctlArgs: tls,
      access,
    });
    const { ctl } = world.member;
    for (const user of ["root:root", "registrar:secret"]) await ctl("user", "add", user);
    for (const user of ["root", "registrar"]) await ctl("user", "grant-role", user, "root");
    await ctl("auth", "enable");
  });

  after(async () => {
    await world.end();
    for (const { dir } of [ours, others]) await rm(dir, { recursive: true });
  });

  afterEach(() => end());

  const follow = () => {
    const own = (name: string) => join(ours.dir, `own-${name}`);
    const settings: AccessSettings = {
      etcdPrefix: "/fairway/v1",
      etcdCaFile: own("ca.crt"),
      etcdCertFile: own("client.crt"),
      etcdKeyFile: own("client.key"),
      etcdUsername: "registrar",
      etcdPassword: undefined,
      etcdPasswordFile: password,
      etcdProxy: "off",
    };
    const stop = new AbortController();
    const { signal } = stop;
    const log = createLogRecorder();
    const read = () => registryAccess(settings, world.etcd.endpoints);
    const client = openBySettings(read());
    followAccess({ what: registryCredentials, access: () => client.access, read, renew: client.renew, log, signal });
    const seen = createRecorder();
    const selectors = [{ prefix: "endpoints/" }];
    const ended = subscribe({ client, selectors, onEvent: seen.onEvent, lookAfterMs: 600_000, signal });
    end = async () => {
      stop.abort();
      await ended;
      client.close();
    };
    return { client, seen, log };
  };

  const put = (name: "ca.crt" | "client.crt" | "client.key", from: Certificates) =>
    cp(from.file(name), join(ours.dir, `own-${name}`));

  it("are read again: a password that is mended is taken at once", async () => {
    await writeFile(password, "wrong\n");
    const { seen } = follow();
    // By then the next attempt is seconds away.
    await until(() => seen.count("lost") === 1);
    await writeFile(password, "secret\n");
    await until(() => seen.count("listed") === 1, 6000);
  });

  it("are read again: new connections are made with a new certificate, and a watch lives on", async () => {
    await writeFile(password, "secret\n");
    const { client, seen, log } = follow();
    await until(() => seen.count("listed") === 1);
    await put("client.crt", others);
    await until(() => log.lines.some((line) => line.includes("keeping the former registry credentials")));
    await client.get(["x"]);
    await put("client.key", others);
    await until(() => log.lines.some((line) => line.includes("registry credentials renewed")));
    await assert.rejects(client.get(["x"]));
    await put("client.crt", ours);
    await put("client.key", ours);
    await until(() => client.get(["x"]));
    await client.transact([], [{ type: "put", key: "endpoints/a", value: "1" }]);
    await until(() => seen.view().has("endpoints/a"));
    assert.deepEqual([seen.count("listed"), seen.count("lost")], [1, 0]);
  });
});
