import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import type { RegistryAccess } from "@fairway/registry";
import { endpointAt, endpoints, ownNode } from "./node.ts";
import { type Certificates, createCertificates } from "./secured.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

describe("an etcd with TLS and passwords", () => {
  let certificates: Certificates;
  let world: World;
  let access: Partial<RegistryAccess>;

  before(async () => {
    certificates = await createCertificates();
    const { file, pem } = certificates;
    const tls = ["--cert", file("client.crt"), "--key", file("client.key"), "--cacert", file("ca.crt")];
    const server = ["--cert-file", file("server.crt"), "--key-file", file("server.key")];
    access = { ca: await pem("ca.crt"), cert: await pem("client.crt"), key: await pem("client.key") };
    world = await createWorld({
      scheme: "https",
      args: [...server, "--trusted-ca-file", file("ca.crt"), "--client-cert-auth"],
      ctlArgs: tls,
      access: { ...access, username: "registrar", password: "secret" },
    });
    const { ctl } = world.member;
    await ctl("user", "add", "root:root");
    await ctl("user", "add", "registrar:secret");
    await ctl("role", "add", "registrar");
    await ctl("role", "grant-permission", "registrar", "readwrite", "--prefix", "/fairway/v1/");
    await ctl("user", "grant-role", "registrar", "registrar");
    await ctl("user", "add", "reader:secret");
    await ctl("role", "add", "reader");
    await ctl("role", "grant-permission", "reader", "read", "--prefix", "/fairway/v1/");
    await ctl("user", "grant-role", "reader", "reader");
    await ctl("user", "grant-role", "root", "root");
    await ctl("auth", "enable");
  });

  after(async () => {
    await world.end();
    await rm(certificates.dir, { recursive: true });
  });

  it("takes a node's records, and tells them", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 30), leaseTtlMs: 20_000 });
    const seen = world.subscribe([{ prefix: "endpoints/" }]);
    await publisher.settled();
    await until(() => seen.view().size === 30);
    const { session } = publisher.state();

    await world.member.kill();
    await world.member.start({ wait: false });
    publisher.set(new Map([[endpointAt("n1", 0), "after its tokens were forgotten"]]));
    await publisher.settled();
    await until(() => seen.view().get(endpointAt("n1", 0)) === "after its tokens were forgotten");
    assert.equal(publisher.state().session, session);

    const next = world.publish({ wanted: endpoints("n1", 20), leaseTtlMs: 20_000 });
    await publisher.stop();
    await next.settled();
    await until(() => seen.view().size === 20);
  });

  it("says what keeps a publisher from writing that may only read", async () => {
    const publisher = world.publish({ node: ownNode("n2"), client: world.open({ username: "reader" }) });
    await until(() => /permission denied/.test(publisher.state().waitingFor ?? ""));
    assert.deepEqual([publisher.state().connected, publisher.state().synced], [true, false]);
    await publisher.stop();
  });

  for (const [what, wrong, reason] of [
    ["a wrong password", { password: "wrong" }, /authentication failed/],
    ["no certificate", { cert: undefined, key: undefined }, /./],
    ["another authority", { ca: undefined }, /certificate/],
  ] as const) {
    it(`is lost, with the reason, with ${what}`, async () => {
      const seen = world.subscribe([{ prefix: "endpoints/" }], 60_000, world.open(wrong));
      await until(() => seen.count("lost") === 1);
      const [lost] = seen.events;
      assert.match(lost?.type === "lost" ? lost.reason : "", reason);
    });
  }
});
