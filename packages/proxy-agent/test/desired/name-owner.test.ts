import assert from "node:assert/strict";
import { agentSettings, readSettings, type Front } from "@fairway/contract";
import fc from "fast-check";
import { ownershipAt } from "../../src/desired/name-owner.ts";
import type { OwnershipRules } from "../../src/desired/port-owner.ts";
import type { PortHolder } from "../../src/registry/port-holder.ts";

const port = 5432;
const db = "db.example.com";

/** `shop 5 db.example.com` claims the name at revision 5, `shop 5` the port as a whole; `shop 5 * SHARE=bank`. */
function holder(text: string): PortHolder {
  const [project = "", age = "0", ...words] = text.split(" ");
  const shares = words.filter((word) => word.startsWith("SHARE=")).map((word) => word.slice("SHARE=".length));
  const name = words.find((word) => word === "*" || word.includes("."));
  const state = words.includes("awaited") ? "awaited" : "claimed";
  return {
    port,
    ...(name && { name }),
    project,
    state,
    age: BigInt(age),
    claimedAt: `2026-11-22T08:00:0${age}Z`,
    shares,
  };
}

type Facts = Readonly<Partial<Record<"PORT_OWNERS" | "NAME_OWNERS" | "SHARED_PORTS" | "own", string>>>;

function rulesOf({ own, ...env }: Facts): OwnershipRules {
  const { portOwners, nameOwners, sharedPorts } = agentSettings;
  const read = readSettings({ portOwners, nameOwners, sharedPorts }, env);
  assert.ok(read.ok);
  const { settings } = read;
  const owners = { owners: settings.portOwners, nameOwners: settings.nameOwners, shared: settings.sharedPorts };
  return { balancer: "*", project: own, scope: ["endpoints/"], ...owners };
}

/** Who of shop, evil and bank may use a front: `admitted`, or why not. */
function outcomesAt(front: Front, texts: readonly string[], facts: Facts): Readonly<Record<string, string>> {
  const neighbours = texts.map(holder);
  const name = typeof front === "number" ? undefined : front.slice(front.indexOf(",") + 1);
  const holders = neighbours.filter((each) => each.name === name);
  const { verdictOf } = ownershipAt(front, { holders, neighbours }, rulesOf(facts));
  const outcomeOf = (project: string) => {
    const { admission } = verdictOf({ project, service: "any" });
    return admission.is === "refused" ? admission.code : admission.is;
  };
  return Object.fromEntries(["shop", "evil"].map((project) => [project, outcomeOf(project)]));
}

const [yes, no] = ["admitted", "port-owned"];

describe("a name on a port", () => {
  for (const [title, texts, facts, shop, evil] of [
    ["is the oldest claimant's", [`shop 5 ${db}`, `evil 7 ${db}`], {}, yes, no],
    ["has an owner of its own beside other names", ["evil 1 other.example.com", `shop 5 ${db}`], {}, yes, no],
    ["is nobody's while its claim is awaited", [`shop 5 ${db} awaited`], {}, "awaited", "awaited"],
    ["is refused where the port is somebody's as a whole", ["evil 1", `shop 5 ${db}`], {}, no, no],
    ["is served where somebody asks for all of the port later", [`shop 5 ${db}`, "evil 7"], {}, yes, no],
    ["within a wildcard is the wildcard's older claimant's", ["shop 1 *.example.com", `evil 5 ${db}`], {}, yes, no],
    ["is its claimant's where the wildcard is younger", [`evil 1 ${db}`, "shop 5 *.example.com"], {}, no, yes],
    ["is not his who has every other name", ["shop 1 *", `evil 5 ${db}`], {}, no, yes],
    ["is kept by NAME_OWNERS", [`evil 1 ${db}`], { NAME_OWNERS: "shop:*.example.com" }, yes, no],
    ["is kept by NAME_OWNERS for that name alone", [`evil 1 ${db}`], { NAME_OWNERS: "shop:example.com" }, no, yes],
    ["is kept with its port by PORT_OWNERS", [`evil 1 ${db}`], { PORT_OWNERS: "shop:5432" }, no, no],
    [
      "is his whom NAME_OWNERS names, whoever has the port",
      [`evil 1 ${db}`],
      { PORT_OWNERS: "shop:5432", NAME_OWNERS: `evil:${db}` },
      no,
      yes,
    ],
    ["is the own project's on its proxy", [`evil 1 ${db}`, `shop 5 ${db}`], { own: "shop" }, yes, no],
    ["is shared by its owner's SHARE", [`shop 1 ${db} SHARE=evil`, `evil 5 ${db}`], {}, yes, yes],
    ["is everybody's on SHARED_PORTS", [`shop 1 ${db}`, `evil 5 ${db}`], { SHARED_PORTS: "5432" }, yes, yes],
  ] as const) {
    it(title, () => {
      const outcomes = outcomesAt(`${port},${db}`, texts, facts);
      assert.deepEqual(outcomes, { shop, evil });
      assert.deepEqual(outcomesAt(`${port},${db}`, texts.toReversed(), facts), outcomes);
    });
  }

  it("is never served while the port is served as a whole, whoever claims what and when", () => {
    const claim = fc.tuple(
      fc.constantFrom("shop", "evil"),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom("", db, "*"),
    );
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 6 }), (claims) => {
        const texts = claims.map(([project, age, name]) => `${project} ${age} ${name}`);
        const fronts: readonly Front[] = [port, `${port},${db}`];
        const [whole = [], named = []] = fronts.map((front) => Object.values(outcomesAt(front, texts, {})));
        assert.ok(!(whole.includes(yes) && named.includes(yes)), texts.join(", "));
      }),
    );
  });
});

describe("a port as a whole", () => {
  it("is refused to everybody where an older claim is to a name on it", () => {
    assert.deepEqual(outcomesAt(port, [`evil 1 ${db}`, "shop 5"], {}), { shop: "port-by-name", evil: "port-by-name" });
  });

  it("is its owner's as before where names are asked for later", () => {
    assert.deepEqual(outcomesAt(port, ["shop 1", `evil 5 ${db}`], {}), { shop: yes, evil: no });
  });
});
