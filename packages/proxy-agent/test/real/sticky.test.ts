import assert from "node:assert/strict";
import type { Listener } from "@fairway/haproxy";
import { decide } from "../facts.ts";
import { given, published } from "../given.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { whoAnswersFrom } from "./kit/source.ts";
import { openStage, type Stage } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const sources = Array.from({ length: 1000 }, (_, at) => `127.1.${at >> 8}.${at & 255}`);

/** The servers of a service with `STICKY: source`, or another setting, as an agent has them. */
function stickyListener(
  port: number,
  echoes: readonly EchoServer[],
  settings: Readonly<Record<string, string>> = { STICKY: "source" },
): Listener {
  const records = given().node("node-1", { address: "127.0.0.1" }).service("shop", "echo");
  for (const { name, port: at } of echoes)
    records.endpoint({
      container: name,
      addresses: [published("127.0.0.1", at)],
      listen: [{ port, ssl: false }],
      settings,
    });
  const {
    listeners: [listener],
    rejections,
  } = decide(records, { addresses: ["127.0.0.1"], checkOptions: [] });
  assert.ok(listener, JSON.stringify(rejections));
  return listener;
}

/** Who answers each source. */
async function answers(port: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 0; at < sources.length; at += 20) {
    const some = sources.slice(at, at + 20);
    found.push(...(await Promise.all(some.map((source) => whoAnswersFrom(source, port)))));
  }
  return found;
}

function movedBetween(before: readonly string[], now: readonly string[]): number {
  return before.filter((who, at) => who !== now[at]).length;
}

describe("sticky clients", () => {
  const at = useStage(names, 2);
  const [port, otherPort] = [() => at().ports[0] ?? 0, () => at().ports[1] ?? 0];

  async function serve(stage: Stage, listener: Listener, maxconn = 1000): Promise<string> {
    const outcome = await stage.apply(stage.desired([listener], { maxconn }));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  }

  for (const settings of [{ STICKY: "source" }, { BALANCE: "source" }] as const)
    it(`move by one server's share when it is added, and not by a reload, a restart or on another proxy, with ${Object.keys(settings)[0]}`, async () => {
      const { stage, echoes } = at();
      const listenerOf = (some: readonly EchoServer[], on = port()) => stickyListener(on, some, settings);
      await serve(stage, listenerOf(echoes.slice(0, 9)));
      const nine = await answers(port());
      assert.equal(await serve(stage, listenerOf(echoes)), "runtime");
      const ten = await answers(port());
      const moved = movedBetween(nine, ten);
      assert.ok(moved >= 60 && moved <= 120, `${moved} of 1000 moved to the new one`);
      assert.deepEqual(new Set(ten.filter((who, index) => who !== nine[index])), new Set(["j"]));
      assert.equal(await serve(stage, listenerOf(echoes), 999), "reload");
      assert.equal(movedBetween(ten, await answers(port())), 0, "moved by a reload");
      await stage.reconciler.stop(0);
      const other = await openStage({ statsPort: at().statsPort });
      try {
        await serve(other, listenerOf(echoes.toReversed(), otherPort()));
        assert.equal(movedBetween(ten, await answers(otherPort())), 0, "moved on another proxy, started anew");
      } finally {
        await other.clear();
      }
    });

  it("are a whole /64 of IPv6, by the address that a PROXY line tells", async () => {
    const listener = stickyListener(port(), at().echoes);
    await serve(at().stage, { ...listener, settings: { ...listener.settings, bind: ["accept-proxy"] } });
    const answer = (told: string) => whoAnswersFrom("127.0.0.1", port(), told);
    const nets = ["2001:db8:0:1", "2001:db8:0:2", "2001:db8:0:3", "2001:db8:0:4", "2001:db8:0:5", "2001:db8:0:6"];
    const [ones, others] = await Promise.all(
      [":1", "ffff:1:2:3"].map((end) => Promise.all(nets.map((net) => answer(`${net}:${end}`)))),
    );
    assert.deepEqual(ones, others);
    assert.ok(new Set(ones).size > 1);
  });

  it("stay where they were when a container has another address while connections to the former one last", async () => {
    const { stage, echoes } = at();
    await serve(stage, stickyListener(port(), echoes));
    const before = await answers(port());
    const moved = await echoServer("a");
    try {
      const how = await serve(stage, stickyListener(port(), [moved, ...echoes.slice(1)]));
      assert.equal(how, "reload");
      assert.equal(movedBetween(before, await answers(port())), 0);
    } finally {
      await moved.close();
    }
  });
});
