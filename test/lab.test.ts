import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freeNetworks, run } from "@fairway/standalone";
import { createLab, eventually, holdConnection, openLoop, useLab, watchEtcd } from "./lab/index.ts";
import type { Lab } from "./lab/index.ts";
import { labNetworks, linkInto } from "./lab/world/slot.ts";

/** The ground that the other system tests stand on, shown to be what they take it for. */
describe("the lab", () => {
  const lab = useLab({ nodes: 2, etcdMembers: 3, registrars: false, agents: false });
  const node = (n: number) => lab().node(n);

  it("reaches a container of one node from another by its published port, until the cable is pulled", async () => {
    const [server, client] = [node(1), node(2)];
    await server.runContainer({ name: "published", publish: ["7000:6379"] });
    const ping = () => client.run("timeout", "1", "redis-cli", "-h", server.address, "-p", "7000", "ping");
    await eventually(async () => assert.equal(await ping(), "PONG"), { within: 5000 });
    await server.cut();
    await assert.rejects(ping());
    await server.heal();
    await eventually(async () => assert.equal(await ping(), "PONG"), { within: 5000 });
  });

  it("gives containers of two nodes the same address, as engines do", async () => {
    const [a, b] = await Promise.all([node(1), node(2)].map((each) => each.runContainer({ network: "bridge" })));
    const addresses = await Promise.all([a?.exec("cat", "/etc/hosts"), b?.exec("cat", "/etc/hosts")]);
    for (const hosts of addresses) assert.match(hosts ?? "", /^198\.19\.0\./m);
  });

  it("keeps serving with one etcd member away and goes back in time with a snapshot", async () => {
    const { etcd, directory } = lab();
    await etcd.ctl("put", "key", "before");
    const file = join(directory, "snapshot");
    await etcd.snapshot(file);
    await etcd.members[2]?.stop();
    await eventually(() => etcd.ctl("put", "key", "after"), { within: 5000 });
    await etcd.restore(file);
    assert.equal(await etcd.ctl("get", "key", "--print-value-only"), "before");
  });

  it("stands beside another lab and leaves nothing of it", async () => {
    const other = await createLab({ nodes: 0, registrars: false, agents: false });
    const link = linkInto(networkOf(other));
    const links = () => run(["ip", "-oneline", "link"]);
    assert.match(await links(), new RegExp(`${link}@`));
    other.dispose();
    assert.equal(existsSync(other.directory), false);
    assert.doesNotMatch(await links(), new RegExp(`${link}@`));
    assert.match(await lab().etcd.ctl("endpoint", "status"), /^http/);
  });

  it("stands beside a network of the machine that it would have taken", async () => {
    const [next = ""] = await freeNetworks(labNetworks);
    await run(["ip", "link", "add", "fwused", "type", "bridge"]);
    try {
      await run(["ip", "address", "add", `${next}.129/25`, "dev", "fwused"]);
      await run(["ip", "link", "set", "fwused", "up"]);
      const other = await createLab({ nodes: 0, registrars: false, agents: false });
      assert.notEqual(networkOf(other), next);
      other.dispose();
    } finally {
      await run(["ip", "link", "delete", "fwused"]);
    }
  });

  it("sends a signal to a program also while that is only being launched", async () => {
    const { registrar } = node(1);
    registrar.launch();
    await registrar.signal("SIGKILL");
    assert.equal(registrar.isRunning(), false);
  });

  it("counts every connection that fails", async () => {
    const server = await node(1).runContainer({ publish: ["7001:6379"] });
    const { address } = node(1);
    const held = await eventually(() => holdConnection(address, 7001), { within: 5000 });
    await eventually(() => held.echo(), { within: 5000 });
    const load = await openLoop({ host: address, port: 7001, perSecond: 100, wrapper: node(2).wrapper });
    const received = async () =>
      Number(/total_connections_received:(\d+)/.exec(await server.exec("redis-cli", "info"))?.[1]);
    await eventually(async () => (await received()) > 100, { within: 10_000 });
    await server.remove();
    await eventually(held.hasEnded, { within: 5000 });
    const { started, succeeded, failures } = await load.stop();
    assert.equal(succeeded > 50, true, `${succeeded} succeeded`);
    assert.equal(failures.length > 0, true);
    assert.equal(started, succeeded + failures.length);
    await assert.rejects(held.echo());
  });

  it("sees what is written and deleted below a prefix, with leases", async () => {
    const { etcd } = lab();
    const watch = await watchEtcd(etcd, "/watched/");
    const lease = /lease (\S+) granted/.exec(await etcd.ctl("lease", "grant", "60"))?.[1] ?? "";
    await etcd.ctl("put", "/watched/a", "1", `--lease=${lease}`);
    await etcd.ctl("put", "/elsewhere", "1");
    await etcd.ctl("del", "/watched/a");
    await eventually(() => watch.events().length === 2, { within: 5000 });
    assert.deepEqual(
      watch.events().map(({ type, key, lease }) => [type, key, lease]),
      [
        ["put", "/watched/a", lease],
        ["delete", "/watched/a", ""],
      ],
    );
    await watch.close();
  });
});

function networkOf({ etcd }: Lab): string {
  return /(\d+\.\d+\.\d+)\.\d+:/.exec(etcd.endpoints)?.[1] ?? "";
}
