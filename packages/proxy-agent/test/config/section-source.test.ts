import assert from "node:assert/strict";
import { SectionSource } from "../../src/config/section-source.ts";
import { proxySettings } from "../facts.ts";

const settings = { ...proxySettings, extraDefaults: ["log rsyslog local0"] };

/** A source whose resolver knows the hosts of `names`, which may change. */
function sourceWith(names: Set<string>) {
  const resolvable = async (hosts: readonly string[]) => new Set(hosts.filter((host) => names.has(host)));
  return new SectionSource({ settings, resolvable });
}

function hasLine(source: SectionSource): boolean {
  return source.outcome.sections.defaults.some(({ text }) => text === "log rsyslog local0");
}

describe("SectionSource", () => {
  it("takes a log target in once its name resolves", async () => {
    const names = new Set<string>();
    const source = sourceWith(names);
    await source.look("all");
    assert.deepEqual([hasLine(source), source.isLackingHosts], [false, true]);
    names.add("rsyslog");
    assert.equal(await source.look("unresolved"), true);
    assert.deepEqual([hasLine(source), source.isLackingHosts], [true, false]);
  });

  it("keeps it through a resolver's hiccup, until all are asked for", async () => {
    const names = new Set(["rsyslog"]);
    const source = sourceWith(names);
    await source.look("all");
    names.clear();
    assert.equal(await source.look("unresolved"), false);
    assert.equal(hasLine(source), true);
    assert.equal(await source.look("all"), true);
    assert.equal(hasLine(source), false);
  });
});
