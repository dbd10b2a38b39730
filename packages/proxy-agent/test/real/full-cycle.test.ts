import assert from "node:assert/strict";
import fc from "fast-check";
import type { Listener } from "@fairway/haproxy";
import { eventually } from "./kit/client.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";

const names = ["a", "b", "c", "d", "e"];
const optionSets = [
  [],
  ["check", "inter", "60s"],
  ["check", "inter", "60s", "weight", "7"],
  ["backup", "maxconn", "9"],
];

/** What one listener of a drawn configuration is like. */
const drawnListener = fc.record({
  maxconn: fc.constantFrom("50", "60"),
  servers: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...names),
      admin: fc.constantFrom("ready", "drain"),
      options: fc.constantFrom(...optionSets),
    }),
    { selector: ({ name }) => name },
  ),
});

/** A walk over configurations of at most three listeners. */
const walk = fc.array(fc.array(fc.option(drawnListener, { freq: 4 }), { minLength: 3, maxLength: 3 }), {
  minLength: 2,
  maxLength: 6,
});

describe("a plan applied to what runs", () => {
  let stage: Stage;
  let ports: readonly number[];

  before(async () => {
    const [statsPort = 0, ...others] = await freePorts(4);
    ports = others;
    stage = await openStage({ statsPort });
  });

  after(() => stage.clear());

  it("gives what is desired, by HAProxy's own account", async () => {
    await fc.assert(fc.asyncProperty(walk, walkIt), { numRuns: 5, endOnFailure: true });
  }).timeout(120_000);

  async function walkIt(steps: typeof walk extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
    for (const step of steps) {
      const listeners = step.flatMap((drawn, index) => (drawn ? [listenerOf(ports[index] ?? 0, drawn)] : []));
      const outcome = await stage.apply(stage.desired(listeners));
      assert.ok(outcome.ok, JSON.stringify(outcome));
      const now = await held();
      assert.deepEqual(
        now.filter((server) => wanted(listeners).includes(server)),
        wanted(listeners),
      );
      assert.deepEqual(
        now.filter((server) => !wanted(listeners).includes(server) && !/ (0|maint)$/.test(server)),
        [],
      );
      assert.deepEqual(
        new Set(stage.reconciler.observed?.listeners.keys()),
        new Set(listeners.map(({ port }) => port)),
      );
      await eventually("HAProxy holds just that", async () => isSame(await held(), wanted(listeners)), 3000);
    }
  }

  async function held(): Promise<readonly string[]> {
    const servers = await stage.health();
    return servers
      .map((server) => `${server.listener}/${server.name} ${server.isInMaintenance ? "maint" : server.weight}`)
      .sort();
  }
});

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.join() === b.join();
}

type Drawn = typeof drawnListener extends fc.Arbitrary<infer T> ? T : never;

/** The name carries the line, as the agent's names do. */
function listenerOf(port: number, { maxconn, servers }: Drawn): Listener {
  const lines = servers.map(({ name, admin, options }) => {
    return serverAt({ name, port: 9 }, { name: `${name}.${optionSets.indexOf(options)}`, admin, options });
  });
  return listener(port, lines, { bind: ["maxconn", maxconn] });
}

function wanted(listeners: readonly Listener[]): readonly string[] {
  const servers = listeners.flatMap(({ port, servers }) => servers.map((server) => ({ ...server, port })));
  return servers
    .map(({ port, name, admin, options }) => `${port}/${name} ${admin === "drain" ? 0 : options.includes("7") ? 7 : 1}`)
    .sort();
}
