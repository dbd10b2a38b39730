import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Bridge, Container } from "../../src/docker/container.ts";
import { addonLabel } from "@fairway/contract";
import { plainAddress, whoAsks } from "../../src/addon/who-asks.ts";
import { aContainer, type ContainerBuilder, containerId } from "../a-container.ts";

const ip = "172.17.0.5";
const gateway = "172.17.0.1";
const node = "198.18.0.11";
const hostAddresses = ["127.0.0.1", "::1", node, gateway];

const bare = aContainer().named("lb").on("bridge", ip);
const lb = bare.label(addonLabel, "proxy");

const gatewayBridge: Bridge = {
  name: "docker_gwbridge",
  gateways: ["172.18.0.1"],
  members: [
    { container: "ingress-sbox", ips: ["172.18.0.2"] },
    { container: containerId, ips: ["172.18.0.3"] },
  ],
};
const overlay = aContainer()
  .named("lb")
  .label(addonLabel, "proxy")
  .on("mesh", "10.0.1.5", { driver: "overlay", scope: "swarm" });

type Row = {
  readonly who: string;
  readonly source?: string;
  readonly local?: string;
  readonly containers?: readonly (ContainerBuilder | Container)[];
  readonly gatewayBridge?: Bridge;
  /** Undefined: it is answered. */
  readonly refused?: RegExp;
};

const rows: readonly Row[] = [
  { who: "a container with the label, at its bridge's gateway" },
  { who: "one on two bridges, at the gateway of the one it asks from", containers: [lb.on("shop", "172.20.0.5")] },
  {
    who: "one on two bridges, from its other address",
    source: "172.20.0.5",
    local: "172.20.0.1",
    containers: [lb.on("shop", "172.20.0.5")],
  },
  {
    who: "one by IPv6",
    source: "fd00::5",
    local: "fd00::1",
    containers: [lb.on("six", "fd00::5", { gateways: ["fd00::1"] })],
  },
  {
    who: "one on an overlay, by Docker's gateway bridge",
    source: "172.18.0.3",
    local: "172.18.0.1",
    containers: [overlay],
    gatewayBridge,
  },
  { who: "the other of two whose lists name the address", containers: [aContainer().on("x", "10.1.1.1"), lb] },
  { who: "a paused one, which may have asked before", containers: [lb.paused()] },

  {
    who: "one without the label",
    containers: [bare],
    refused: /^container lb has no label aliyun\.custom_addon: "proxy": /,
  },
  { who: "one with another value", containers: [bare.label(addonLabel, "Proxy")], refused: /, but "Proxy": / },
  { who: "one with a list", containers: [bare.label(addonLabel, "proxy,lb")], refused: /, but "proxy,lb": / },
  {
    who: "one whose value would break a line",
    containers: [bare.label(addonLabel, "proxy\nx")],
    refused: /^[^\n]*, but "proxy[^\n]*x": [^\n]*$/,
  },
  { who: "one with other labels alone", containers: [bare.serving("6379")], refused: /has no label/ },
  { who: "one that has stopped", containers: [{ ...lb.build(), isRunning: false }], refused: /no running container/ },
  { who: "an address of nobody", source: "172.17.0.99", refused: /^172\.17\.0\.99 is the address of no running/ },
  { who: "nobody known", containers: [], refused: /no running container/ },
  { who: "the host, from the gateway's address", source: gateway, refused: /^the request comes from the host/ },
  { who: "the host, over its own address", source: node, local: node, refused: /^the request comes from the host/ },
  { who: "the host, over loopback", source: "127.0.0.1", local: "127.0.0.1", refused: /comes from the host/ },
  { who: "the host, across its own addresses", source: node, refused: /^the request comes from the host/ },
  {
    who: "the host, though a container is listed with its address",
    source: node,
    containers: [lb.on("odd", node)],
    refused: /^the request comes from the host/,
  },
  {
    who: "a container in the host's network",
    source: node,
    containers: [lb.inMode({ kind: "host" })],
    refused: /or from a container in its network/,
  },
  {
    who: "one in the host's network that is listed with an address",
    containers: [lb.inMode({ kind: "host" })],
    refused: /no running container/,
  },
  {
    who: "one in another's network, which is the other's to ask from",
    containers: [lb.inMode({ kind: "container", container: "x" })],
    refused: /no running container/,
  },
  { who: "another node", source: "198.18.0.12", local: node, refused: /^198\.18\.0\.12 is the address of no running/ },
  {
    who: "another node that came to the gateway",
    source: "198.18.0.12",
    refused: /^198\.18\.0\.12 is the address of no running/,
  },
  {
    who: "a container's address over the node's, as through a route or a published port",
    local: node,
    refused:
      /^container lb asked at 198\.18\.0\.11, which is not the gateway of its bridge: ask at 172\.17\.0\.1 \(bridge\)$/,
  },
  {
    who: "one at the gateway of a bridge that it is not on",
    local: "172.20.0.1",
    refused: /which is not the gateway of its bridge/,
  },
  {
    who: "one at the gateway of its other bridge",
    local: "172.20.0.1",
    containers: [lb.on("shop", "172.20.0.5")],
    refused: /ask at 172\.17\.0\.1 \(bridge\) or 172\.20\.0\.1 \(shop\)$/,
  },
  {
    who: "docker-proxy, which asks from the gateway",
    source: gateway,
    local: gateway,
    refused: /comes from the host/,
  },
  {
    who: "one on a macvlan whose gateway is this host's address",
    source: "198.18.0.50",
    local: "198.18.0.1",
    containers: [aContainer().label(addonLabel, "proxy").on("wire", "198.18.0.50", { driver: "macvlan" })],
    refused: /no running container/,
  },
  {
    who: "an overlay's address",
    source: "10.0.1.5",
    local: "10.0.1.1",
    containers: [overlay],
    gatewayBridge,
    refused: /no running container/,
  },
  {
    who: "another's address on Docker's gateway bridge",
    source: "172.18.0.4",
    local: "172.18.0.1",
    containers: [overlay],
    gatewayBridge,
    refused: /no running container/,
  },
  { who: "a source that is not known", source: "", refused: /no running container/ },
  { who: "neither end known", source: "", local: "", refused: /comes from the host/ },
];

describe("the addon", () => {
  for (const { who, source = ip, local = gateway, containers = [lb], refused, ...row } of rows) {
    it(`${refused === undefined ? "answers" : "refuses"} ${who}`, () => {
      const built = containers.map((each) => ("build" in each ? each.build() : each));
      const asker = whoAsks({ source, local, hostAddresses, containers: built, gatewayBridge: row.gatewayBridge });
      if (refused === undefined) return assert.deepEqual(asker, { ok: true, container: built.at(-1) });
      assert.ok(!asker.ok, "it was answered");
      assert.match(asker.reason, refused);
    });
  }
});

describe("addresses as sockets tell them", () => {
  for (const [told, plain] of [
    ["::ffff:172.17.0.5", "172.17.0.5"],
    ["::FFFF:172.17.0.5", "172.17.0.5"],
    ["172.17.0.5", "172.17.0.5"],
    ["fd00::5", "fd00::5"],
    ["fe80::1%docker0", "fe80::1"],
    ["::ffff:ac11:5", "::ffff:ac11:5"],
  ] as const) {
    it(`${told} is ${plain}`, () => assert.equal(plainAddress(told), plain));
  }
});
