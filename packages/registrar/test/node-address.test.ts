import assert from "node:assert/strict";
import { readNetworks } from "../src/docker/networks.ts";
import { localAddress, nodeAddress, routedAddress } from "../src/node-address.ts";

const settings = { nodeAddress: undefined, etcdEndpoints: ["http://127.0.0.1:2379"] };

/** An engine with one bridge. */
function engineWith(Subnet: string) {
  const bridge = { Id: "b", Name: "bridge", Driver: "bridge", Scope: "local", IPAM: { Config: [{ Subnet }] } };
  return { networks: async () => readNetworks([bridge]) };
}

const elsewhere = engineWith("172.17.0.0/16");
const everywhere = { networks: async () => readNetworks([]) };

function optionsOf(more: { nodeAddress?: string } = {}, signal = new AbortController().signal) {
  const waiting: string[] = [];
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined } as never;
  const onWaiting = (reason: string) => void waiting.push(reason);
  return { settings: { ...settings, ...more }, engine: elsewhere, onWaiting, log, signal, waiting };
}

describe("the node's address", () => {
  it("is NODE_ADDRESS, whatever that is", async () => {
    assert.equal(await nodeAddress(optionsOf({ nodeAddress: "127.0.0.1" })), "127.0.0.1");
  });

  it("by the routes is never loopback, nor one of a Docker network", async () => {
    const address = await routedAddress({ settings, engine: everywhere });
    assert.ok(address === undefined || !address.startsWith("127."), address);
    if (address === undefined) return;
    assert.notEqual(await routedAddress({ settings, engine: engineWith(`${address}/32`) }), address);
  });

  it("is waited for, with what to set", async () => {
    const stop = new AbortController();
    const options = {
      ...optionsOf({}, stop.signal),
      engine: { networks: () => Promise.reject(new Error("no networks")) },
    };
    const found = nodeAddress(options);
    setTimeout(() => stop.abort(), 150);
    assert.equal(await found, undefined);
    assert.match(options.waiting[0] ?? "", /NODE_ADDRESS="": this host has no route|no networks/);
  });

  it("that this machine does not have itself goes with one that it has", async () => {
    assert.equal(await localAddress(optionsOf(), "127.0.0.1"), undefined);
    const local = await localAddress(optionsOf(), "203.0.113.7");
    assert.equal(local, await routedAddress({ settings, engine: elsewhere }));
  });
});
