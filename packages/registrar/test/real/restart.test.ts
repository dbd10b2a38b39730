import assert from "node:assert/strict";
import { composeLabels, eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 20_000 };

describe("a registrar that goes and comes", () => {
  const { lab, node, seen } = useNode({ nodes: 2, registrars: false });
  const other = () => lab().node(2);

  before(async () => {
    // It outlasts each start, also on a machine that is busy.
    await node().registrar.start({ LEASE_TTL: "30s" });
    for (const service of ["a", "b"]) {
      await node().runContainer({ labels: { ...composeLabels("restart", service), ...proxyLabels("6379") } });
      await eventually(() => assert.equal(seen().stateOf(service), "ready"), soon);
    }
  });

  const nodeRecord = async (name: string) => {
    const record = await seen().get(`nodes/${name}`);
    return (
      record && (JSON.parse(record.value) as { synced: boolean; lease: string; session: string; engineId: string })
    );
  };
  const synced = async () => {
    await eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
    assert.equal((await nodeRecord("n1"))?.synced, true);
  };
  const takenOver = (before: string | undefined) => {
    assert.equal(seen().deletes(), 0, "no living endpoint is deleted");
    assert.deepEqual(
      [seen().statesOf("a"), seen().statesOf("b")],
      [["ready"], ["ready"]],
      "each is put once, ready as before",
    );
    assert.equal(new Set(seen().leases()).size, 1);
    assert.notEqual(seen().leases()[0], before);
  };

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`takes over its records under a new lease after ${signal}, and deletes none`, async () => {
      await synced();
      const before = await nodeRecord("n1");
      seen().forget();
      await node().registrar.signal(signal);
      assert.equal((await nodeRecord("n1"))?.lease, before?.lease, "the lease is kept");
      await node().registrar.start();
      await synced();
      await eventually(() => assert.equal(seen().leases().length, 2), soon);
      takenOver(before?.lease);
    });
  }

  it("withdraws what ended while it was away", async () => {
    const container = await node().runContainer({
      labels: { ...composeLabels("restart", "c"), ...proxyLabels("6379") },
    });
    await eventually(() => assert.equal(seen().stateOf("c"), "ready"), soon);
    await node().registrar.signal("SIGKILL");
    await container.remove();
    await node().registrar.start();
    await eventually(() => assert.equal(seen().stateOf("c"), "gone"), soon);
    assert.deepEqual([seen().stateOf("a"), seen().stateOf("b")], ["ready", "ready"]);
  });

  it("waits while its name is held by another engine's registrar, and says whose", async () => {
    // The name is free once its lease has run out.
    await node().registrar.stop();
    await node().registrar.start({ LEASE_TTL: "3s" });
    await synced();
    seen().forget();
    other().registrar.launch({ NODE_NAME: "n1", LEASE_TTL: "3s" });
    const ours = (await nodeRecord("n1"))?.engineId ?? "";
    const theirs = await other().docker("info", "--format", "{{.ID}}");
    await eventually(async () => {
      const { status, body } = await other().registrar.admin("/readyz");
      assert.equal(status, 503);
      assert.ok(body.includes(ours) && body.includes(theirs), body);
    }, soon);
    const lines = (await other().registrar.log()).split("\n").filter((line) => line.includes(ours));
    assert.equal(lines.filter((line) => line.includes(theirs)).length, 1, "one line names both");
    assert.deepEqual([seen().deletes(), seen().leases()], [0, []], "nothing of the living node is touched");
    await node().registrar.stop();
    await eventually(async () => assert.equal((await other().registrar.admin("/readyz")).status, 200), soon);
    assert.equal((await nodeRecord("n1"))?.engineId, theirs);
    await other().registrar.stop();
  });

  it("leaves by a subcommand: endpoints, node record and lease", async () => {
    await other().registrar.start({ NODE_NAME: "n2" });
    await other().runContainer({ labels: { ...composeLabels("restart", "leaver"), ...proxyLabels("6379") } });
    await eventually(() => assert.equal(seen().stateOf("leaver"), "ready"), soon);
    const lease = (await nodeRecord("n2"))?.lease;
    assert.ok(lease !== undefined);
    await other().registrar.stop();
    assert.deepEqual(await other().registrar.subcommand("leave"), { code: 0, signal: null });
    assert.equal(seen().stateOf("leaver"), "gone");
    assert.equal(await nodeRecord("n2"), undefined);
    assert.ok(!(await lab().etcd.ctl("lease", "list")).includes(lease));
  });

  it("waits where no address can be found yet, not ready, with what to set; and begins when there is one", async () => {
    const { address, run } = node();
    const env = { ETCD_ENDPOINTS: "http://127.0.0.1:1", ADMIN_LISTEN: `${address}:7390` };
    const started = new RegExp(`"address":"${address}".*registrar started`, "g");
    const starts = async () => (await node().registrar.log()).match(started)?.length ?? 0;
    if (node().registrar.isRunning()) await node().registrar.stop();
    const before = await starts();
    const child = node().registrar.launch({ ...env, READY_TIMEOUT: "30s" });
    await eventually(async () => {
      const answer = await fetch(`http://${address}:7390/readyz`);
      assert.equal(answer.status, 503);
      assert.match(await answer.text(), /NODE_ADDRESS=.{0,9}: this host has no route/);
    }, soon);
    await run("ip", "route", "add", "default", "via", address.replace(/[0-9]+$/, "101"));
    await eventually(async () => assert.equal(await starts(), before + 1), soon);
    assert.equal(child.hasEnded(), false);
    await run("ip", "route", "del", "default");
    await child.stop();
  });
});
