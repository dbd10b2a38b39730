import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { proxyRulesSchema } from "@fairway/contract";
import { factsBy, rulesOf } from "../../src/status/proxy-rules.ts";
import { facts } from "../facts.ts";
import { proxyRecord } from "../given.ts";

describe("what a proxy's record tells of its settings", () => {
  it("makes listeners of, as far as they depend on settings of the proxy alone: FAILOVER_WAIT and MAXCONN too", () => {
    const own = { ...facts, failoverWaitMs: 7000, maxconn: 300 };
    const rules = proxyRulesSchema.parse(JSON.parse(JSON.stringify(rulesOf(own))));
    const {
      ports,
      balance,
      tunnelTimeout,
      failoverWaitMs,
      maxconn,
      defaults = {},
    } = factsBy(proxyRecord(), rules, undefined);
    const { ports: ownPorts, balance: ownBalance, tunnelTimeout: ownTimeout, defaults: ownDefaults = {} } = own;
    assert.deepEqual(
      { ports, balance, tunnelTimeout, failoverWaitMs, maxconn, defaults },
      {
        ports: ownPorts,
        balance: ownBalance,
        tunnelTimeout: ownTimeout,
        failoverWaitMs: 7000,
        maxconn: 300,
        defaults: ownDefaults,
      },
    );
  });
});
