import assert from "node:assert/strict";
import { operatorTextOf, operatorTextSchema, withOperatorText } from "../../src/config/operator-text.ts";
import { nowhere } from "../../src/desired/usable-addresses.ts";
import { sectionsOf } from "../../src/config/sections.ts";
import { proxySettings } from "../facts.ts";

describe("the operator's text", () => {
  it("comes back from JSON as it was, and takes the place of other text", () => {
    const { sections } = sectionsOf({ ...proxySettings, extraGlobal: ["nbthread 2"] }, () => true);
    const vantage = { kind: "node", node: "n1", networks: [] } as const;
    const facts = {
      vantage,
      here: nowhere,
      ports: { allowed: [], reserved: [] },
      ownership: { balancer: "*", project: undefined, scope: [], owners: [], shared: [] },
      addresses: ["0.0.0.0"],
      bindOptions: new Map([[80, ["accept-proxy"]]]),
      checkOptions: ["check"],
      serverOptions: ["weight", "9"],
      trust: "all",
      tls: { ok: true, bind: ["ssl"] },
      balance: "source",
      authorities: { ok: true, file: "/authorities.pem" },
      tunnelTimeout: "1h",
      failoverWaitMs: 3000,
      maxconn: 100,
      checks: { logins: undefined, rolesSocket: "/roles.sock" },
    } as const;
    const read = operatorTextSchema.parse(JSON.parse(JSON.stringify(operatorTextOf(facts, sections))));
    assert.deepEqual(read.sections, sections);
    const others = { addresses: ["::"], bindOptions: new Map(), checkOptions: [], serverOptions: [] };
    const asked = { ...facts, ...others, balance: "roundrobin", tunnelTimeout: "5s", failoverWaitMs: 0, maxconn: 9 };
    assert.deepEqual(withOperatorText(asked, read), facts);
  });

  it("of another form is refused", () => {
    assert.equal(operatorTextSchema.safeParse({ sections: {} }).success, false);
  });
});
