import assert from "node:assert/strict";
import { readAgentSnapshot } from "../src/agent-snapshot.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Now, in a boot that has lasted for an hour. */
const now = { evenMs: 1000 * hour, bootId: "boot", uptimeMs: hour };

/** One endpoint that was missing for a minute when the snapshot was written, held for 3 s from then on; and a listener. */
function written(evenMs: number, moment: object | undefined) {
  const view = { revision: "1", endpoints: [], services: [], nodes: [], sessions: [], staleSessions: [] };
  const absences = [{ key: "k", state: "missing", since: evenMs - minute, heldUntil: evenMs + 3000, machine: null }];
  const settings = { addresses: [], bind: [] };
  const listener = { port: 1, ssl: false, services: [], settings, servers: [] };
  const empty = [{ emptySince: evenMs - minute, listener }];
  const sections = { global: [], defaults: [], stats: [] };
  const operator = { sections, addresses: [], bindOptions: [], serverOptions: [] };
  return { view: { ...view, absences }, empty, operator, moment };
}

describe("the times of a snapshot", () => {
  const before = { bootId: "boot", uptimeMs: hour - 2 * minute };
  const rows: readonly (readonly [string, number, object | undefined, readonly [number, number]])[] = [
    ["count on where the clock was right", now.evenMs - 2 * minute, before, [-3 * minute, 3000 - 2 * minute]],
    ["count on where it was 8 hours ahead", now.evenMs + 8 * hour, before, [-3 * minute, 3000 - 2 * minute]],
    ["count on where it was years behind", 0, before, [-3 * minute, 3000 - 2 * minute]],
    ["stand still over a boot", now.evenMs - 9 * hour, { ...before, bootId: "other" }, [-minute, 3000]],
    ["never lie ahead, whoever wrote them", now.evenMs + 8 * hour, undefined, [0, 3000]],
  ];
  for (const [title, evenMs, clocks, [since, heldUntil]] of rows) {
    it(title, () => {
      const read = readAgentSnapshot(written(evenMs, clocks && { evenMs, ...clocks }), "*", now);
      assert.ok("snapshot" in read, "reason" in read ? read.reason : "");
      const [absence] = read.snapshot.view.absences;
      const [empty] = read.snapshot.empty;
      const times = [absence?.since, empty?.emptySince, absence?.heldUntil].map((time = 0) => time - now.evenMs);
      assert.deepEqual(times, [since, since, heldUntil]);
    });
  }
});
