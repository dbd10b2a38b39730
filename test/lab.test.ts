import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "@fairway/standalone";
import { createLab, eventually } from "./lab/index.ts";
import type { Lab } from "./lab/index.ts";

/** The ground that the other system tests stand on, shown to be what they take it for. */
describe("the lab", () => {
  let lab: Lab;

  before(async () => {
    lab = await createLab({ nodes: 2, etcdMembers: 3, registrars: false, agents: false });
  });

  after(() => lab.dispose());

  const node = (n: number) => lab.nodes[n] ?? assert.fail(`no node ${n}`);

  it("reaches a container of one node from another by its published port, until the cable is pulled", async () => {
    const [server, client] = [node(0), node(1)];
    await server.runContainer({ name: "published", publish: ["7000:6379"] });
    const ping = () => client.run("timeout", "1", "redis-cli", "-h", server.address, "-p", "7000", "ping");
    await eventually(async () => assert.equal(await ping(), "PONG"), { within: 5000 });
    await server.cut();
    await assert.rejects(ping());
    await server.heal();
    await eventually(async () => assert.equal(await ping(), "PONG"), { within: 5000 });
  });

  it("gives containers of two nodes the same address, as engines do", async () => {
    const [a, b] = await Promise.all([node(0), node(1)].map((each) => each.runContainer({ network: "bridge" })));
    const addresses = await Promise.all([a?.exec("cat", "/etc/hosts"), b?.exec("cat", "/etc/hosts")]);
    for (const hosts of addresses) assert.match(hosts ?? "", /^198\.19\.0\./m);
  });

  it("keeps serving with one etcd member away and goes back in time with a snapshot", async () => {
    const { etcd } = lab;
    await etcd.ctl("put", "key", "before");
    const file = join(lab.directory, "snapshot");
    await etcd.snapshot(file);
    await etcd.members[2]?.stop();
    await eventually(() => etcd.ctl("put", "key", "after"), { within: 5000 });
    await etcd.restore(file);
    assert.equal(await etcd.ctl("get", "key", "--print-value-only"), "before");
  });

  it("stands beside another lab and leaves nothing of it", async () => {
    const other = await createLab({ nodes: 0, registrars: false, agents: false });
    const link = `fwlab${/198\.18\.(\d+)\./.exec(other.etcd.endpoints)?.[1]}`;
    const links = () => run(["ip", "-oneline", "link"]);
    assert.match(await links(), new RegExp(`${link}@`));
    other.dispose();
    assert.equal(existsSync(other.directory), false);
    assert.doesNotMatch(await links(), new RegExp(`${link}@`));
    assert.equal(await lab.etcd.ctl("get", "key", "--print-value-only"), "before");
  });
});
