import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { composeLabels, eventually, namedRedis, namesAt, proxyLabels, useLab } from "./lab/index.ts";
import type { LabNode, LabProxy } from "./lab/index.ts";
import { moveAway } from "./lab/far.ts";
import { serversAt } from "./told.ts";

const oneWayMs = 250;
const front = 6379;
const within = 20_000;

/** A redis of service shop:web that tells its name, published. */
function start(node: LabNode, name: string, publish: number) {
  const labels = { ...composeLabels("shop", "web"), ...proxyLabels(String(front)) };
  return node.runContainer({ labels, command: namedRedis(name), publish: [`${publish}:6379`] });
}

type Checked = { readonly status: string; readonly failures: string; readonly lastMs: number };

/** What a proxy's HAProxy says of its checks of the server at an address. */
async function checked(proxy: LabProxy, address: string): Promise<Checked | undefined> {
  const [head = "", ...rows] = (await proxy.haproxy("show stat")).replace(/^# /, "").trim().split("\n");
  const names = head.split(",");
  const found = rows.map((row) => row.split(",")).find((row) => row[names.indexOf("addr")] === address);
  const of = (name: string) => found?.[names.indexOf(name)] ?? "";
  return found && { status: of("status"), failures: of("chkdown"), lastMs: Number(of("check_duration")) };
}

describe("a node whose round trip to etcd and to another node takes half a second", () => {
  const lab = useLab({ nodes: 2, registrars: false, agents: false });
  const near = () => lab().node(1);
  const far = () => lab().node(2);
  let end: (() => void) | undefined;

  before(async () => {
    end = await moveAway(far(), [near(), ...lab().etcd.members], oneWayMs);
    await Promise.all(lab().nodes.map(({ registrar }) => registrar.start({ LEASE_TTL: "5s" })));
    await Promise.all(lab().nodes.map(({ agent }) => agent.start({ LEASE_TTL: "5s", TIMEOUT: "connect 1500ms" })));
  });
  after(() => end?.());

  /** The servers of each proxy: those of its own node by the container's own address, others by their published port. */
  const serversAre = async (onNear: readonly string[], onFar: readonly string[]) => {
    await eventually(async () => assert.deepEqual(await serversAt(near(), front), onNear.toSorted()), { within });
    await eventually(async () => assert.deepEqual(await serversAt(far(), front), onFar.toSorted()), { within });
  };
  const written = async () => {
    const keys = await lab().etcd.keys("/fairway/v1/");
    return keys.filter(({ key }) => !key.includes("/proxies/")).map(({ key, modRevision }) => `${key} ${modRevision}`);
  };

  it("is served and serves: leases last, no record is written twice, no check fails, changes are exact", async () => {
    const [one, two] = await Promise.all([start(near(), "near", 7001), start(far(), "far", 7002)]);
    const [own, other] = [`${await one?.address()}:6379`, `${await two?.address()}:6379`];
    const [published, farPublished] = [`${near().address}:7001`, `${far().address}:7002`];
    await serversAre([own, farPublished], [other, published]);
    for (const { address } of lab().nodes)
      assert.deepEqual(await namesAt({ address, port: front }, 4), ["far", "near"]);
    await eventually(
      async () => {
        for (const { registrar } of lab().nodes) assert.equal((await registrar.admin("/readyz")).status, 200);
      },
      { within },
    );
    const before = await written();
    // More than two TTLs of the leases.
    await delay(12_000);
    assert.deepEqual(await written(), before);
    const servers = [await checked(near(), farPublished), await checked(far(), published)];
    for (const server of servers) {
      assert.deepEqual([server?.status, server?.failures], ["UP", "0"]);
      assert.ok((server?.lastMs ?? 0) >= 2 * oneWayMs, `a check took ${server?.lastMs} ms`);
    }
    for (const { agent } of lab().nodes) assert.doesNotMatch(await agent.log(), /registry lost/);
    const third = await start(far(), "third", 7003);
    const address = `${await third.address()}:6379`;
    await serversAre([own, farPublished, `${far().address}:7003`], [other, address, published]);
    await third.remove();
    await serversAre([own, farPublished], [other, published]);
  });

  it("gets no connection from a proxy whose time to connect is shorter, as it is by default: servers nearby take them", async () => {
    await near().agent.stop();
    near().agent.launch({ TIMEOUT: "" });
    await eventually(
      async () => assert.deepEqual(await namesAt({ address: near().address, port: front }, 6), ["near"]),
      {
        within: 60_000,
      },
    );
    assert.equal((await checked(near(), `${far().address}:7002`))?.status, "UP");
  });
});
