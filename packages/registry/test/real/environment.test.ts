import assert from "node:assert/strict";
import { createWorld, type World } from "./world.ts";

const all = [{ prefix: "endpoints/" }];
const names = ["http_proxy", "https_proxy", "grpc_proxy"] as const;

describe("a proxy in the environment", () => {
  let world: World;

  before(async () => {
    world = await createWorld();
    // Nobody listens there.
    for (const name of names) process.env[name] = "http://127.0.0.1:1";
  });

  after(async () => {
    for (const name of names) delete process.env[name];
    await world.end();
  });

  it("is not used for etcd", async () => {
    assert.deepEqual((await world.open().list(all)).stored, []);
  });

  it("is used for etcd by ETCD_PROXY=environment", async () => {
    await assert.rejects(world.open({ proxy: "environment" }).list(all));
  });
});
