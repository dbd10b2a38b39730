import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { handoutSchema, type Handout } from "@fairway/contract";
import { areRolesSound, openRegistry, rolesWarning, type RegistryClient } from "@fairway/registry";
import { ask } from "./ask-addon.ts";
import { byAddon } from "./by-addon.ts";
import { agentStatus, composeLabels, eventually, holdConnection, proxyLabels, useLab } from "./lab/index.ts";
import type { HeldConnection, LabContainer, LabNode, LabProxy, Security } from "./lab/index.ts";

const soon = { within: 30_000 };
const mayAsk = { "aliyun.custom_addon": "proxy" };

describe("an etcd with TLS, users and roles, as the scripts of deploy/etcd make them", () => {
  const lab = useLab({ etcdMembers: 3, isSecured: true, agents: false });
  const clients: RegistryClient[] = [];
  let node: LabNode;
  let security: Security;
  let container: LabContainer;

  before(async () => {
    node = lab().node(1);
    const made = lab().etcd.security;
    assert.ok(made);
    security = made;
    container = await node.runContainer({ labels: mayAsk, command: ["sleep", "infinity"] });
  });

  after(() => {
    for (const client of clients) client.close();
  });

  const handout = async (): Promise<Handout> => {
    const { status, body } = await ask(container.exec, "198.19.0.1");
    assert.equal(status, 200, JSON.stringify(body));
    return handoutSchema.parse(body);
  };

  /** A client as the addon hands it out, for the lab's etcd or for keys beside the registry's. */
  const subscriber = async (but: Partial<Handout["registry"]> = {}): Promise<RegistryClient> => {
    const { username, password, ca, cert, key, ...way } = { ...(await handout()).registry, ...but };
    assert.ok(username !== null && password !== null && ca !== null && cert !== null && key !== null);
    const client = openRegistry({ ...way, username, password, ca, cert, key });
    clients.push(client);
    return client;
  };

  const openAs = async (user: "registrar" | "operator") => {
    const endpoints = lab().etcd.endpoints.split(",");
    const client = openRegistry({ endpoints, prefix: "/fairway/v1", ...(await security.access(user)) });
    clients.push(client);
    return client;
  };

  /** What programs say of this machine's etcd. */
  const rolesWarningHere = async () => {
    const version = await (await subscriber()).version();
    return areRolesSound(version) ? [] : [rolesWarning(version)];
  };

  const put = (client: RegistryClient, key: string) => client.transact([], [{ type: "put", key, value: "x" }]);

  it("lets a registrar in", async () => {
    await eventually(async () => assert.equal((await node.registrar.admin("/readyz")).status, 200), soon);
  });

  it("is said to have roles that do not hold, where its version has known ways around them", async () => {
    const warning = await rolesWarningHere();
    await eventually(async () => assert.deepEqual(await notesOf(node.registrar), warning), soon);
    const told = (await node.registrar.log()).split("\n").filter((line) => line.includes("its roles do not hold"));
    assert.equal(told.length, warning.length);
  });

  it("is handed out as the subscriber's, with nothing of the registrar's own", async () => {
    const { registry } = await handout();
    assert.equal(registry.username, "subscriber");
    assert.equal(registry.password, await security.password("subscriber"));
    const own = await node.run("cat", join(security.directory, "registrar.key"));
    const told = JSON.stringify(await handout());
    assert.ok(registry.key?.includes("PRIVATE KEY"));
    assert.ok(!told.includes(await security.password("registrar")));
    assert.ok(!told.includes(own.split("\n")[1] ?? "none"));
  });

  it("lets a subscriber read the registry, with a lease write its own record, and nothing else", async () => {
    const client = await subscriber();
    const { stored } = await client.list([{ prefix: "nodes/" }, { prefix: "endpoints/" }]);
    assert.deepEqual(
      stored.map(({ key }) => key),
      ["nodes/n1"],
    );
    const { lease } = await client.grantLease(5000);
    const write = { type: "put", key: "proxies/n1/test", value: "{}", lease } as const;
    assert.equal((await client.transact([], [write])).succeeded, true);
    await client.revokeLease(lease);
    const others = ["endpoints/a/b/1/n1/c", "nodes/n1", "rejections/n1/c", "claims/*/a/1", "waits/a", "drains/n1/*"];
    for (const key of [...others, "other"]) await assert.rejects(put(client, key), /permission denied/i, key);
    await assert.rejects(client.transact([], [{ type: "delete", key: "nodes/n1" }]), /permission denied/i);
    const beside = await subscriber({ prefix: "/elsewhere" });
    await assert.rejects(beside.list([{ prefix: "" }]), /permission denied/i);
  });

  it("lets a registrar write no proxy's record", async () => {
    const client = await openAs("registrar");
    await put(client, "claims/*/a/1");
    await assert.rejects(put(client, "proxies/n1/test"), /permission denied/i);
    await client.transact([], [{ type: "delete", key: "claims/*/a/1" }]);
  });

  it("lets an operator write what operators do, and nothing else", async () => {
    const client = await openAs("operator");
    for (const key of ["settings/a/b", "drains/n1/c", "waits/x", "rollouts/n1/a/b", "claims/*/a/2"])
      for (const write of [{ type: "put", key, value: "x" } as const, { type: "delete", key } as const])
        await client.transact([], [write]);
    for (const key of ["endpoints/a/b/1/n1/c", "nodes/n1", "rejections/n1/c", "proxies/n1/test"])
      await assert.rejects(put(client, key), /permission denied/i, key);
  });

  it("lets nobody in without a certificate of its authority, or without a user", async () => {
    const { registry } = await handout();
    const ca = registry.ca ?? "";
    const bare = openRegistry({ endpoints: registry.endpoints, prefix: registry.prefix, ca });
    clients.push(bare);
    await assert.rejects(bare.list([{ prefix: "nodes/" }]));
    await assert.rejects(node.run("etcdctl", "--endpoints", lab().etcd.endpoints, "get", "/"));
  });

  it("keeps what the scripts have made: a second run changes nothing and says why", async () => {
    const password = await security.password("subscriber");
    await assert.rejects(security.makeRoles(lab().etcd.endpoints), /root\.password exists and is not overwritten/);
    assert.equal(await security.password("subscriber"), password);
  });

  describe("serves a proxy container that was told nothing of it", () => {
    let lb: LabProxy;
    const held: HeldConnection[] = [];

    before(async () => {
      // As if nodes reached one member alone: the addon's word about the others comes later.
      await restart({ ADDON_ETCD_ENDPOINTS: lab().etcd.members[0]?.clientUrl ?? "" });
      await node.docker("network", "create", "shop");
      const labels = { ...composeLabels("shop", "lb"), ...mayAsk };
      lb = await node.addProxy({
        name: "shop_lb_1",
        env: byAddon,
        inside: { network: "shop", ports: [6379], labels },
      });
      await serve();
      await lb.agent.start();
    });

    after(() => {
      for (const connection of held) connection.close();
    });

    const serve = () => {
      return node.runContainer({ network: "shop", labels: { ...composeLabels("shop", "db"), ...proxyLabels("6379") } });
    };
    const isReady = () => eventually(async () => assert.equal((await lb.agent.admin("/readyz")).body, "ready\n"), soon);
    const serves = (count: number) =>
      eventually(async () => {
        const { listeners } = await agentStatus(lb.agent);
        assert.deepEqual(
          listeners.map(({ port, servers }) => [port, servers.length]),
          [[6379, count]],
        );
      }, soon);
    const hold = async () => {
      const connection = await holdConnection(lb.address, 6379);
      held.push(connection);
      await connection.echo();
      return connection;
    };
    /** Starts the registrar again with other settings of its addon. */
    const restart = async (env: Readonly<Record<string, string>>) => {
      await node.registrar.stop();
      await node.registrar.start(env);
    };

    it("end to end", async () => {
      await isReady();
      await serves(1);
      const warning = await rolesWarningHere();
      await eventually(async () => {
        const told = (await notesOf(lb.agent)).filter((note) => note.startsWith("etcd "));
        assert.deepEqual(told, warning);
      }, soon);
      await hold();
      const keys = async () => (await lab().etcd.keys("/fairway/v1/proxies/")).map(({ key }) => key);
      await eventually(async () => assert.deepEqual(await keys(), ["/fairway/v1/proxies/n1/shop_lb_1"]), soon);
    });

    it("over a change of password, without ending a connection", async () => {
      const connection = await hold();
      const { haproxy } = await agentStatus(lb.agent);
      const file = join(security.directory, "subscriber.password");
      await writeFile(file, "another-password\n");
      const etcdctl = ["etcdctl", ...security.ctl, "--endpoints", lab().etcd.endpoints].join(" ");
      await node.run("sh", "-c", `${etcdctl} user passwd subscriber --interactive=false <${file}`);
      await serve();
      await serves(2);
      await isReady();
      await connection.echo();
      assert.equal((await agentStatus(lb.agent)).haproxy?.pid, haproxy?.pid);
    });

    it("over a change of etcd's members, without ending a connection", async () => {
      const [first, second] = lab().etcd.members;
      assert.ok(first && second);
      const connection = await hold();
      await first.stop();
      await serve();
      await restart({ ADDON_ETCD_ENDPOINTS: second.clientUrl });
      await serves(3);
      await isReady();
      await connection.echo();
      first.start();
      await first.whenServing();
    });

    it("with its last word while the addon may hand nothing out, which says why and never gives the registrar's own", async () => {
      const nothing = { ADDON_ETCD_USERNAME: "", ADDON_ETCD_CERT_FILE: "", ADDON_ETCD_KEY_FILE: "" };
      await restart(nothing);
      const refuses = (reason: string) =>
        eventually(async () => {
          const { status, body } = await ask(container.exec, "198.19.0.1");
          assert.equal(`${status} ${String(body["error"])}`, `403 ${reason}`);
        }, soon);
      const never = "the registrar's own are never handed out";
      await refuses(`etcd wants certificates of its clients and ADDON_ETCD_CERT_FILE is not set: ${never}`);
      assert.match(await node.registrar.log(), /"msg":"addon hands nothing out"/);
      await serve();
      await serves(4);
      const own = security.registrar;
      await restart({
        ADDON_ETCD_CERT_FILE: own["ETCD_CERT_FILE"] ?? "",
        ADDON_ETCD_KEY_FILE: own["ETCD_KEY_FILE"] ?? "",
      });
      await refuses(`ADDON_ETCD_KEY_FILE holds the registrar's own key: ${never}`);
    });
  });
});

/** What a program's /status notes. */
async function notesOf({ admin }: Pick<LabNode["registrar"], "admin">): Promise<readonly string[]> {
  return (JSON.parse((await admin("/status")).body) as { readonly notes: readonly string[] }).notes;
}
