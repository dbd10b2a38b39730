import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { defaultGatewayIn, defaultIPv6GatewayIn } from "../../src/registry/default-gateway.ts";

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

const nowhere = "00000000000000000000000000000000";
const fd00 = "fd00000000000000000000000000000";

const route6 = (gateway: string, { metric = "00000400", flags = "00000003", to = nowhere, length = "00" } = {}) =>
  `${to} ${length} ${nowhere} 00 ${gateway} ${metric} 00000001 00000000 ${flags}     eth0`;

const table6 = (...routes: readonly string[]) => `${routes.join("\n")}\n`;

const own6 = route6(nowhere, { to: `${fd00}0`, length: "40", flags: "00000001" });
const rejected = route6(nowhere, { metric: "ffffffff", flags: "00200200" });

describe("the default gateway of IPv6", () => {
  for (const [what, routes, gateway] of [
    ["of a container", table6(own6, route6(`${fd00}1`), rejected), "fd00::1"],
    ["of the least metric", table6(route6(`${fd00}2`), route6(`${fd00}1`, { metric: "00000100" })), "fd00::1"],
    ["beside a link-local one", table6(route6("fe800000000000000000000000000001"), route6(`${fd00}1`)), "fd00::1"],
    ["none: no routes", "", undefined],
    ["none: own networks alone", table6(own6, rejected), undefined],
    ["none: a default route through a device", table6(route6(nowhere, { flags: "00000001" })), undefined],
    ["none: a route that is down", table6(route6(`${fd00}1`, { flags: "00000002" })), undefined],
    ["none: half of all addresses is no default", table6(route6(`${fd00}1`, { length: "01" })), undefined],
    ["none: a route to one network", table6(route6(`${fd00}1`, { to: `${fd00}0`, length: "40" })), undefined],
    ["none: a link-local one, which no URL can name", table6(route6("fe800000000000000000000000000001")), undefined],
    ["none: odd lines", table6("eth0", "x y z", ""), undefined],
  ] as const) {
    it(what, () => assert.equal(defaultIPv6GatewayIn(routes), gateway));
  }
});
