import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  agentStatus,
  composeLabels,
  eventually,
  namedRedis,
  namesAt,
  proxyLabels,
  registrarStatus,
  useLab,
  whoAnswers,
} from "./lab/index.ts";
import type { ContainerFacts, LabContainer, LabNode } from "./lab/index.ts";
import { portless, slips } from "./slips.ts";
import type { Labels } from "./slips.ts";
import { agentTells, registrarTells, serversAt } from "./told.ts";

const within = 15_000;
const prefix = "/fairway/v1/";

describe("bad input", () => {
  const lab = useLab({ nodes: 2 });
  const node = (n = 1) => lab().node(n);

  const start = (service: string, labels: Labels, facts: ContainerFacts = {}, on: LabNode = node()) => {
    return on.runContainer({
      labels: { ...composeLabels("bad", service), ...labels },
      command: namedRedis(service),
      ...facts,
    });
  };
  const answer = (port: number, names: readonly string[], on: LabNode = node()) =>
    eventually(async () => assert.deepEqual(await namesAt({ ...on, port }), names), { within });

  const keysWith = async (text: string) => {
    const keys = await lab().etcd.keys(prefix);
    return keys.map(({ key }) => key.slice(prefix.length)).filter((key) => key.includes(text));
  };
  const endpointsOf = async ({ id }: LabContainer) =>
    (await keysWith(id.slice(0, 12))).filter((key) => key.startsWith("endpoints/"));

  /** Served on port 7000 all the time: whatever happens beside it, everything is awake. */
  before(async () => {
    await start("good", proxyLabels("7000:6379"), { publish: ["7001:6379"] });
    for (const each of lab().nodes) await answer(7000, ["good"], each);
  });

  for (const { labels, isServed = false, tells } of slips) {
    it(`${JSON.stringify(labels)} is ${isServed ? "" : "not "}routed, and the reason told`, async () => {
      const container = await start("slip", labels);
      await registrarTells(lab(), node(), container, tells);
      assert.equal(await container.exec("redis-cli", "ping"), "PONG");
      if (isServed) await answer(6379, ["slip"]);
      else assert.notEqual(await whoAnswers({ ...node(), port: 6379 }), "slip");
      assert.equal((await endpointsOf(container)).length, isServed ? 1 : 0);
      await container.remove();
      await eventually(async () => assert.deepEqual(await keysWith(container.id.slice(0, 12)), []), { within });
      assert.equal(await whoAnswers({ ...node(), port: 7000 }), "good");
    });
  }

  it("a line break in a label adds no line to the configuration", async () => {
    const evil = "\n    server evil 198.18.0.66:6379";
    const controlled = {
      severity: "refused",
      code: "control-character",
      reason: "the value has a line break or another control character",
    } as const;
    const lines = async () => (await readFile(join(node().stateDir, "haproxy.cfg"), "utf8")).split("\n");
    const before = await lines();
    const inPorts = await start("in-ports", proxyLabels(`7000:6379${evil}`));
    const inOption = await start("in-option", { ...proxyLabels("7000:6379"), "aliyun.proxy.OPTION": `tcplog${evil}` });
    const inService = await start(`in-service${evil}`, proxyLabels("7000:6379"), { command: namedRedis("in-service") });
    await registrarTells(lab(), node(), inPorts, [controlled, portless]);
    await registrarTells(lab(), node(), inOption, [controlled]);
    await registrarTells(lab(), node(), inService, [controlled]);
    await answer(7000, ["good", "in-option"]);
    await start("after", proxyLabels("7000:6379"));
    await answer(7000, ["after", "good", "in-option"]);
    await eventually(
      async () => {
        const added = (await lines()).filter((line) => !before.includes(line));
        assert.equal((await lines()).length, before.length + 2);
        assert.match(added.join("\n"), /^ {4}server after\.n1\.[^\n]+\n {4}server in-option\.n1\.[^\n]+$/);
      },
      { within },
    );
  });

  it("the same service with the same container names on two nodes is two servers", async () => {
    const twin = (on: LabNode) => {
      const facts = { name: "bad_twin_1", publish: ["7011:6379"], command: namedRedis(`on-${on.name}`) };
      return start("twin", proxyLabels("7010:6379"), facts, on);
    };
    const [one, two] = [await twin(node(1)), await twin(node(2))];
    for (const each of lab().nodes) await answer(7010, ["on-n1", "on-n2"], each);
    assert.deepEqual(await serversAt(node(1), 7010), [`${node(2).address}:7011`, `${await one.address()}:6379`]);
    assert.deepEqual(await serversAt(node(2), 7010), [`${node(1).address}:7011`, `${await two.address()}:6379`]);
  });

  it("the same address and port twice is one server, and the other is told", async () => {
    const first = await start("first", proxyLabels("7020:6379"), { name: "first" });
    await answer(7020, ["first"]);
    const facts = { network: "container:first", command: ["sleep", "infinity"] };
    const second = await start("second", proxyLabels("7020:6379"), facts);
    const key = (container: LabContainer, service: string) =>
      `endpoints/bad/${service}/6379/n1/${container.id.slice(0, 12)}`;
    const reason = await agentTells(lab(), node(), { code: "address-taken", key: key(second, "second") });
    const address = `${await first.address()}:6379`;
    assert.equal(reason, `${second.name}: ${address} is already served for ${key(first, "first")}`);
    assert.deepEqual(await serversAt(node(), 7020), [address]);
    await answer(7020, ["first"]);
  });

  it("services that disagree on settings of their port have those of the first by name on every proxy, and are told", async () => {
    const settings = { BALANCE: "leastconn", TIMEOUT: "client 2h, http-request 5s" };
    const labels = (own: Labels) => {
      const named = Object.entries(own).map(([name, text]) => [`aliyun.proxy.${name}`, text]);
      return { ...proxyLabels("7050:6379"), ...Object.fromEntries(named) };
    };
    await start("bread", labels({ BALANCE: "source", OPTION: "tcpka" }), { publish: ["7051:6379"] });
    const apple = await start("apple", labels(settings), { publish: ["7052:6379"] });
    const refused = {
      severity: "refused",
      code: "setting-not-valid",
      reason:
        "item 2 has no effect: what follows timeout is not one of check, client, client-fin, connect, queue, server, server-fin, tunnel",
    } as const;
    await registrarTells(lab(), node(), apple, [refused]);
    const section = async (on: LabNode) => {
      const text = await readFile(join(on.stateDir, "haproxy.cfg"), "utf8");
      const [, lines = ""] = text.split("listen port_7050\n");
      const set = /^ +(balance|timeout|option|hash-type) .*$/gm;
      return [...(lines.split("\n\n")[0] ?? "").matchAll(set)].map(([line]) => line.trim());
    };
    for (const on of lab().nodes) {
      await answer(7050, ["apple", "bread"], on);
      const expected = ["balance leastconn", "option tcpka", "timeout client 2h"];
      await eventually(async () => assert.deepEqual(await section(on), expected), { within });
      const reason = await agentTells(lab(), on, { code: "setting-differs", key: "endpoints/bad/bread/" });
      assert.match(reason, /: BALANCE asks for "balance source" on port 7050, which has "balance leastconn": /);
    }
    // What an operator sets is stronger than labels, on every proxy, until its key goes.
    const set = JSON.stringify({ v: 1, settings: { BALANCE: "first" } });
    await lab().etcd.ctl("put", `${prefix}settings/bad/bread`, set);
    for (const expected of ["balance first", "balance leastconn"]) {
      for (const on of lab().nodes)
        await eventually(async () => assert.equal((await section(on))[0], expected), { within });
      await lab().etcd.ctl("del", `${prefix}settings/bad/bread`);
    }
  });

  it("records that cannot be read are skipped, counted and told, and all others served", async () => {
    const [good] = await lab().etcd.keys(`${prefix}endpoints/bad/good/`);
    const value = good?.value ?? assert.fail("no record of what is good");
    const newer = JSON.stringify({ ...(JSON.parse(value) as object), v: 2 });
    const records = [
      { key: "endpoints/bad/odd/6379/n1/000000000001", value: "{not json", code: "record-not-json" },
      { key: "endpoints/bad/odd/6379/n1/000000000002", value: '{"v":1,"state":"ready"}', code: "record-not-valid" },
      { key: "endpoints/bad/odd/6379/n1/000000000003", value: newer, code: "record-newer-version" },
      { key: "endpoints/bad/odd/port/n1/000000000004", value, code: "key-not-valid" },
      { key: "nodes/n9", value: "[]", code: "record-not-valid" },
    ];
    for (const { key, value } of records) await lab().etcd.ctl("put", prefix + key, value);
    for (const { key, code } of records) await agentTells(lab(), node(), { key, code });
    await start("newcomer", proxyLabels("7040:6379"), { publish: ["7002:6379"] });
    for (const each of lab().nodes) {
      await answer(7040, ["newcomer"], each);
      assert.ok((await namesAt({ ...each, port: 7000 })).includes("good"));
    }
    for (const { key } of records) await lab().etcd.ctl("del", prefix + key);
    const told = async () => (await agentStatus(node().agent)).rejections.map(({ key }) => key);
    await eventually(
      async () =>
        assert.deepEqual(
          (await told()).filter((key) => /odd|n9/.test(key)),
          [],
        ),
      { within },
    );
  });

  it("containers that are gone before they are looked at leave nothing behind", async () => {
    const flash = (labels: Labels) => {
      const all = Object.entries({ ...composeLabels("bad", "flash"), ...labels });
      const options = all.flatMap(([name, value]) => ["--label", `${name}=${value}`]);
      return node().docker("run", "--rm", ...options, "redis:alpine", "sh", "-c", "exit 0");
    };
    const labels = Array.from({ length: 4 }, () => [proxyLabels("7030:6379"), proxyLabels("abc")]).flat();
    const before = new Set(await keysWith(""));
    const starting = start("steady", proxyLabels("7030:6379"));
    await Promise.all(labels.map(flash));
    const steady = await starting;
    await answer(7030, ["steady"]);
    const added = async () => (await keysWith("")).filter((key) => !before.has(key));
    const own = ["claims/*/bad/7030", `endpoints/bad/steady/6379/n1/${steady.id.slice(0, 12)}`];
    await eventually(async () => assert.deepEqual(await added(), own), { within });
    assert.deepEqual(await serversAt(node(), 7030), [`${await steady.address()}:6379`]);
    const status = await registrarStatus(node().registrar);
    assert.doesNotMatch(JSON.stringify(status.rejections), /"flash"/);
    assert.doesNotMatch(JSON.stringify(status.endpoints), /\/flash\//);
    assert.deepEqual(status.failing, []);
    assert.deepEqual((await agentStatus(node().agent)).orphans, []);
  });
});
