import assert from "node:assert/strict";
import { agentSettings, readSettings } from "@fairway/contract";
import fc from "fast-check";
import { ownerOf, ownershipOf, type OwnershipRules } from "../../src/desired/port-owner.ts";
import type { PortHolder } from "../../src/registry/port-holder.ts";

const port = 7006;

/** `shop 5` claims the port at revision 5; `shop 5 gone`: the claim has gone, and so on; `shop 5 SHARE=bank`. */
function holder(text: string): PortHolder {
  const [project = "", age = "0", ...words] = text.split(" ");
  const states = ["gone", "awaited", "unclaimed"] as const;
  const state = states.find((each) => words.includes(each)) ?? "claimed";
  const shares = words.filter((word) => word.startsWith("SHARE=")).map((word) => word.slice("SHARE=".length));
  const claimedAt = state === "claimed" || state === "gone" ? `2026-11-22T08:00:0${age}Z` : "";
  return { port, project, state, age: BigInt(age), claimedAt, shares };
}

type Facts = {
  readonly own?: string;
  readonly scope?: readonly string[];
  readonly PORT_OWNERS?: string;
  readonly SHARED_PORTS?: string;
};

function rulesOf({ own, scope = ["endpoints/"], ...env }: Facts): OwnershipRules {
  const { portOwners, sharedPorts } = agentSettings;
  const read = readSettings({ portOwners, sharedPorts }, env);
  assert.ok(read.ok);
  return { balancer: "*", project: own, scope, owners: read.settings.portOwners, shared: read.settings.sharedPorts };
}

/** The owner, and of the projects those that may use the port. */
function outcomeOf(holders: readonly PortHolder[], rules: OwnershipRules) {
  const { owner, verdictOf } = ownershipOf(port, holders, rules);
  const admitted = holders.filter(({ project }) => verdictOf({ project, service: "any" }).admission.is === "admitted");
  return { owner: owner?.project, admitted: admitted.map(({ project }) => project).sort() };
}

describe("a front port", () => {
  for (const [title, holders, facts, owner, admitted] of [
    ["that nobody asks for is nobody's", [], {}, undefined, []],
    ["is its only claimant's", ["shop 5"], {}, "shop", ["shop"]],
    ["is the oldest claimant's", ["shop 5", "evil 7"], {}, "shop", ["shop"]],
    ["is the oldest claimant's, whatever it is called", ["shop 5", "evil 3"], {}, "evil", ["evil"]],
    [
      "stays its owner's while the claim is away and something of it is here",
      ["shop 5 gone", "evil 7"],
      {},
      "shop",
      ["shop"],
    ],
    ["is nobody's whose claim is not in view yet", ["shop 1 awaited", "evil 7"], {}, "evil", ["evil"]],
    ["is nobody's while all claims are awaited", ["shop 1 awaited", "evil 2 awaited"], {}, undefined, []],
    ["without any claim is his who was there first", ["shop 5 unclaimed", "evil 7 unclaimed"], {}, "shop", ["shop"]],
    ["is his who claims it rather than his who was there", ["shop 1 unclaimed", "evil 7"], {}, "evil", ["evil"]],
    ["is the own project's on its proxy", ["shop 5", "evil 7"], { own: "evil" }, "evil", ["evil"]],
    [
      "is the oldest claimant's where the own project has no claim",
      ["shop 5", "evil 1 unclaimed"],
      { own: "evil" },
      "shop",
      ["shop"],
    ],
    [
      "is the oldest claimant's where the own project asks for others",
      ["shop 5", "evil 7"],
      { own: "bank" },
      "shop",
      ["shop"],
    ],
    ["is the oldest claimant's in scope", ["shop 5", "evil 7"], { scope: ["endpoints/evil/"] }, "evil", ["evil"]],
    [
      "is its project's of which one service is in scope",
      ["shop 5", "evil 7"],
      { scope: ["endpoints/evil/", "endpoints/shop/db/"] },
      "shop",
      ["shop"],
    ],
    ["is his whom PORT_OWNERS names", ["shop 5", "evil 7"], { PORT_OWNERS: "evil:7000-7010" }, "evil", ["evil"]],
    [
      "is his whom PORT_OWNERS names before the own project's",
      ["shop 5", "evil 7"],
      { own: "shop", PORT_OWNERS: "evil:7006" },
      "evil",
      ["evil"],
    ],
    [
      "is closed to others while its owner by PORT_OWNERS has nothing there",
      ["evil 7"],
      { PORT_OWNERS: "shop:7006" },
      "shop",
      [],
    ],
    [
      "is his whom the first item of PORT_OWNERS names",
      ["shop 5", "evil 7"],
      { PORT_OWNERS: "evil:7006, shop:7000-7999" },
      "evil",
      ["evil"],
    ],
    ["is not touched by PORT_OWNERS of another", ["shop 5", "evil 7"], { PORT_OWNERS: "evil:7007" }, "shop", ["shop"]],
    ["is open to all in SHARED_PORTS", ["shop 5", "evil 7"], { SHARED_PORTS: "7000-7006" }, "shop", ["evil", "shop"]],
    [
      "is open to all with SHARED_PORTS=*",
      ["shop 5", "evil 7 awaited"],
      { SHARED_PORTS: "*" },
      "shop",
      ["evil", "shop"],
    ],
    ["is not opened by SHARED_PORTS of another", ["shop 5", "evil 7"], { SHARED_PORTS: "7007, 80" }, "shop", ["shop"]],
    [
      "is open to whom its owner's SHARE names",
      ["shop 5 SHARE=green,blue", "green 7", "evil 6"],
      {},
      "shop",
      ["green", "shop"],
    ],
    ["is open to all with its owner's SHARE=*", ["shop 5 SHARE=*", "evil 7"], {}, "shop", ["evil", "shop"]],
    ["is not opened by another's SHARE", ["shop 5", "evil 7 SHARE=*"], {}, "shop", ["shop"]],
    [
      "is opened by the SHARE of each of its owner's services",
      ["shop 5 SHARE=blue SHARE=green", "green 7", "blue 8"],
      {},
      "shop",
      ["blue", "green", "shop"],
    ],
    ["is not opened by what is no list of projects", ["shop 5 SHARE=ev*", "evil 7"], {}, "shop", ["shop"]],
  ] as const) {
    it(title, () => {
      assert.deepEqual(outcomeOf(holders.map(holder), rulesOf(facts)), { owner, admitted });
    });
  }

  for (const [title, holders, facts, reason] of [
    [
      "whose it is, since when, and what ends it",
      ["shop 5", "evil 7"],
      {},
      `port 7006 is project shop's, who claimed it 2026-11-22T08:00:05Z: take another port, or end that claim with "fairway-registrar release 7006", or set SHARED_PORTS=7006 on this proxy, or label the containers of shop aliyun.proxy.SHARE: "evil"`,
    ],
    [
      "that it is the own project's",
      ["shop 9", "evil 7"],
      { own: "shop" },
      `port 7006 is project shop's, whose proxy this is and who claimed it 2026-11-22T08:00:09Z: take another port, or end that claim with "fairway-registrar release 7006", or set SHARED_PORTS=7006 on this proxy, or label the containers of shop aliyun.proxy.SHARE: "evil"`,
    ],
    [
      "that PORT_OWNERS keeps it",
      ["evil 7"],
      { PORT_OWNERS: "shop:7006" },
      `port 7006 is kept for project shop by this proxy's PORT_OWNERS: take another port, or set SHARED_PORTS=7006 on this proxy, or label the containers of shop aliyun.proxy.SHARE: "evil"`,
    ],
    [
      "that its user has no claim",
      ["shop 1 unclaimed", "evil 7 unclaimed"],
      {},
      `port 7006 is used by project shop, whose claim of it is missing: take another port, or set SHARED_PORTS=7006 on this proxy, or label the containers of shop aliyun.proxy.SHARE: "evil"`,
    ],
  ] as const) {
    it(`says to another ${title}`, () => {
      const stranger = { project: "evil", service: "any" };
      const { admission } = ownershipOf(port, holders.map(holder), rulesOf(facts)).verdictOf(stranger);
      assert.deepEqual(admission, { is: "refused", code: "port-owned", reason });
    });
  }

  const anyHolders = fc
    .uniqueArray(
      fc.record({
        project: fc.constantFrom("shop", "evil", "bank", "green", "_"),
        age: fc.integer({ min: 1, max: 4 }),
        rest: fc.constantFrom("", " gone", " awaited", " unclaimed", " SHARE=*", " SHARE=green"),
      }),
      { selector: ({ project }) => project },
    )
    .map((all) => all.map(({ project, age, rest }) => holder(`${project} ${age}${rest}`)));
  const anyFacts: fc.Arbitrary<Facts> = fc.record({
    own: fc.constantFrom("shop", "evil", "nobody"),
    scope: fc.constantFrom(["endpoints/"], ["endpoints/evil/"], ["endpoints/bank/db/", "endpoints/shop/"]),
    PORT_OWNERS: fc.constantFrom("", "green:7006", "bank:1-9000, shop:7006"),
    SHARED_PORTS: fc.constantFrom("", "", "7006"),
  });

  it("is judged alike by all proxies of the same scope and settings, in whatever order they saw its holders", () => {
    fc.assert(
      fc.property(anyHolders, anyFacts, fc.nat(), (holders, facts, seed) => {
        const rules = rulesOf(facts);
        const turned = [...holders.slice(seed % 5), ...holders.slice(0, seed % 5)].toReversed();
        assert.deepEqual(ownerOf(port, turned, rules), ownerOf(port, holders, rules));
        assert.deepEqual(outcomeOf(turned, rules), outcomeOf(holders, rules));
      }),
    );
  });

  it("never changes hands because a younger claim came", () => {
    fc.assert(
      fc.property(anyHolders, anyFacts, (holders, facts) => {
        const rules = rulesOf(facts);
        const owner = ownerOf(port, holders, rules);
        const isOwned = holders.some((each) => each.project === owner?.project && each.state !== "unclaimed");
        fc.pre(isOwned);
        const stranger = { ...holder("stranger 9"), shares: ["*"] };
        assert.deepEqual(ownerOf(port, [stranger, ...holders], rules), owner);
      }),
    );
  });
});
