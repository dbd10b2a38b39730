import assert from "node:assert/strict";
import { once } from "node:events";
import { openRegistry, type RegistryAccess } from "@fairway/registry";
import { startEtcd, type EtcdCluster } from "../../../registry/test/real/etcd.ts";
import { SwitchedClient } from "../../src/registry/switched-client.ts";

const quiet = { onOpen: () => undefined, onChanges: () => undefined };

describe("a client whose way to the registry can change", () => {
  let etcd: EtcdCluster;
  let client: SwitchedClient;

  before(async () => {
    etcd = await startEtcd();
  });

  beforeEach(() => {
    client = new SwitchedClient(openRegistry);
  });

  afterEach(() => client.close());

  after(() => etcd.remove());

  const access = (prefix: string): RegistryAccess => ({ endpoints: etcd.endpoints, prefix });
  const put = (value: string) => client.transact([], [{ type: "put", key: "where", value }]);
  const where = async () => (await client.get(["where"])).stored[0]?.value;

  /** A watch that stands, and every reason that it ends with. */
  const watching = async (key: string) => {
    const ends: string[] = [];
    const told = new EventTarget();
    const onOpen = () => told.dispatchEvent(new Event("open"));
    const opened = once(told, "open");
    const stop = client.watch([{ key }], 1n, { ...quiet, onOpen, onEnd: (reason) => ends.push(reason) });
    await opened;
    return { ends, stop };
  };

  it("rejects, and ends watches, before there is a way", async () => {
    await assert.rejects(client.list([]), /there is no way to the registry yet/);
    const reason = await new Promise((onEnd) => client.watch([], 1n, { ...quiet, onEnd }));
    assert.equal(reason, "there is no way to the registry yet");
  });

  it("goes the new way when it changes, and ends the watches on the old one with a reason, each once", async () => {
    client.use(access("/a"));
    await put("a");
    const [watched, stopped] = [await watching("where"), await watching("other")];
    stopped.stop();
    client.use(access("/b"));
    assert.deepEqual([watched.ends, stopped.ends], [["there is another way to the registry"], []]);
    assert.equal(await where(), undefined);
    client.use(access("/a"));
    watched.stop();
    assert.equal(await where(), "a");
    assert.equal(watched.ends.length, 1);
  });

  it("keeps its way when the new one cannot be used", async () => {
    client.use(access("/c"));
    await put("c");
    const watched = await watching("where");
    assert.throws(() => client.use({ ...access("/d"), endpoints: ["https://127.0.0.1:1"], ca: "ca", cert: "none" }));
    assert.equal(await where(), "c");
    assert.deepEqual(watched.ends, []);
  });
});
