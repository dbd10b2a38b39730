import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { defaultGatewayIn } from "../../src/registry/ask-addon.ts";

const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
const own = "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0";

const route = (gateway: string, { metric = 0, flags = "0003", to = "00000000", mask = "00000000" } = {}) =>
  `eth0\t${to}\t${gateway}\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0                     `;

const table = (...routes: readonly string[]) => `${[head, ...routes].join("\n")}\n`;

describe("the default gateway", () => {
  for (const [what, routes, gateway] of [
    ["of a container", table(route("010011AC"), own), "172.17.0.1"],
    ["after other routes", table(own, route("010011AC")), "172.17.0.1"],
    ["of the least metric", table(route("010012AC", { metric: 100 }), route("010011AC", { metric: 10 })), "172.17.0.1"],
    ["none: no routes", table(), undefined],
    ["none: own networks alone", table(own), undefined],
    ["none: a default route through a device", table(route("00000000", { flags: "0001" })), undefined],
    ["none: a route that is down", table(route("010011AC", { flags: "0002" })), undefined],
    ["none: half of all addresses is no default", table(route("010011AC", { mask: "00000080" })), undefined],
    ["none: a route to one network", table(route("010011AC", { to: "0000A8C0", mask: "0000FFFF" })), undefined],
    ["none: odd lines", table("eth0", "x y z", ""), undefined],
    ["none: nothing", "", undefined],
  ] as const) {
    it(what, () => assert.equal(defaultGatewayIn(routes, "LE"), gateway));
  }

  it("where numbers begin with their greatest byte", () => {
    assert.equal(defaultGatewayIn(table(route("AC110001")), "BE"), "172.17.0.1");
  });
});
