import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { byText } from "@fairway/contract";
import { makeCertificate, pemOf } from "../packages/proxy-agent/test/real/kit/certificates.ts";
import { composeLabels, eventually, namedRedis, proxyLabels, useLab } from "./lab/index.ts";
import { runFairway } from "./run-fairway.ts";

/** Two nodes whose proxies serve what there is. */
describe("fairway, before it is too late", () => {
  // The 9 MB that a test writes are more than four fifths of it.
  const lab = useLab({ nodes: 2, agents: false, etcd: ["--quota-backend-bytes", "11000000"] });
  const fairway = (...args: readonly string[]) => runFairway(args, { ETCD_ENDPOINTS: lab().etcd.endpoints });

  before(async () => {
    await Promise.all(lab().nodes.map(({ agent, address }) => agent.start({ BIND_ADDRESS: address })));
  });

  it("plans on each proxy what then happens: what is served, and what is refused in which words", async () => {
    const asked = { fine: "7045:6379", own: "22:6379", wrong: "99999" };
    const services = Object.entries(asked).map(([service, ports]) => {
      const labels = Object.entries(proxyLabels(ports)).map(([name, text]) => `      ${name}: "${text}"`);
      return [`  ${service}:`, "    image: redis:alpine", '    ports: ["6379"]', "    labels:", ...labels].join("\n");
    });
    const file = join(lab().directory, "compose.yaml");
    writeFileSync(file, ["services:", ...services].join("\n"));
    const plan = await fairway("plan", file, "--node", "n1", "-p", "soon", "-o", "json");
    assert.equal(plan.code, 3);
    type Item = { service: string | null; project: string; by: string; result: string; code: string; reason: string };
    const itemsIn = ({ stdout }: typeof plan) => (JSON.parse(stdout.join("\n")) as { items: Item[] }).items;
    const planned = itemsIn(plan);
    const served = planned.filter(({ result }) => result === "served").map(({ service, by }) => `${service} ${by}`);
    assert.deepEqual(served, ["fine proxy n1/proxy", "fine proxy n2/proxy"]);
    const made = await Promise.all(
      Object.entries(asked).map(([service, ports]) => {
        const labels = { ...composeLabels("soon", service), ...proxyLabels(ports) };
        return lab()
          .node(1)
          .runContainer({ name: `soon-${service}-1`, labels, command: namedRedis(service), publish: ["6379"] });
      }),
    );
    assert.equal((await fairway("wait", "soon/fine", "--timeout", "50s")).code, 0);
    const told = ({ service, by, code, reason }: Item) => `${service} ${by} ${code} ${reason}`;
    await eventually(
      async () => {
        const happened = itemsIn(await fairway("get", "rejections", "-p", "soon", "-o", "json")).map(told);
        const refused = planned.filter(({ result }) => result === "refused").map(told);
        assert.deepEqual(happened.toSorted(byText), refused.toSorted(byText));
      },
      { within: 40_000 },
    );
    await Promise.all(made.map((container) => container.remove()));
  });

  it("finds an etcd near its quota, a certificate that ends in three days, and two proxies that want one port", async () => {
    const { address, agent, addProxy, dockerHost, runContainer } = lab().node(1);
    const folder = join(lab().directory, "certificates");
    mkdirSync(folder);
    writeFileSync(join(folder, "soon.example.pem"), pemOf(await makeCertificate("soon.example", { days: 3 })));
    await agent.stop();
    await agent.start({ BIND_ADDRESS: address, CERT_FOLDER: folder });
    await runContainer({
      labels: { ...composeLabels("shop", "db"), ...proxyLabels("7046:6379") },
      command: namedRedis("db"),
    });
    assert.equal((await fairway("wait", "shop/db", "--routed-on", "n1/proxy", "--timeout", "50s")).code, 0);
    const second = await addProxy({ name: "second", env: { BIND_ADDRESS: address } });
    await second.agent.start();
    const large = "x".repeat(100_000);
    const keys = Array.from({ length: 90 }, (_, at) => `/junk/${at}`);
    await Promise.all(keys.map((key) => lab().etcd.ctl("put", key, large)));
    const env = { ETCD_ENDPOINTS: lab().etcd.endpoints, DOCKER_HOST: dockerHost, ADMIN_LISTEN: `${address}:7381` };
    await eventually(
      async () => {
        const { code, stdout } = await runFairway(["doctor", "-o", "json"], env);
        type Found = { name: string; where: string; level: string; text: string };
        const { items } = JSON.parse(stdout.join("\n")) as { items: Found[] };
        const of = (level: string) =>
          items.filter((each) => each.level === level).map(({ name, where }) => `${name} ${where}`);
        assert.deepEqual(of("breaks").toSorted(byText), [
          "certificates n1/proxy soon.example.pem",
          `etcd quota ${lab().etcd.endpoints}`,
          "ports proxy n1/second",
        ]);
        assert.deepEqual(of("unasked"), ["asked agents"]);
        const textOf = (asked: string) => items.find(({ name, level }) => name === asked && level !== "ok")?.text ?? "";
        assert.match(textOf("certificates"), /^it ends in [23] days$/);
        assert.match(textOf("ports"), /:7046 is held by haproxy.*; beside it on that node: n1\/proxy$/);
        assert.match(textOf("asked"), /: n1\/second, n2\/proxy \(no API_LISTEN there\)$/);
        assert.equal(code, 3);
      },
      { within: 40_000 },
    );
  });
});
