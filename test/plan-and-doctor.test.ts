import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { byText } from "@fairway/contract";
import { composeLabels, eventually, namedRedis, proxyLabels, useLab } from "./lab/index.ts";
import { runFairway } from "./run-fairway.ts";

/** Two nodes whose proxies serve what there is. */
describe("fairway, before it is too late", () => {
  const lab = useLab({ nodes: 2, agents: false });
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
});
