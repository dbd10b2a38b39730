import assert from "node:assert/strict";
import type { AddressList, ListenerList } from "@fairway/haproxy";
import { eventually } from "./kit/client.ts";
import { connectFrom } from "./kit/source.ts";
import { listener, openStage, serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const from = { services: ["shop/echo"], settings: ["ACCEPT_PROXY"] };
const list = (kind: AddressList["kind"], ...networks: readonly string[]): AddressList => ({ kind, networks, from });

describe("the address that a PROXY header tells", () => {
  const at = useStage(["a"], 1);
  const port = () => at().ports[0] ?? 0;
  const [balancer, client] = ["127.0.0.5", "198.51.100.7"];

  async function serve(lists: readonly ListenerList[], stage = at().stage) {
    const servers = at().echoes.map((echo) => serverAt(echo));
    const outcome = await stage.apply(stage.desired([listener(port(), servers, { lists })]));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  }
  const isServed = async (source: string, told?: string) => {
    const socket = await connectFrom(source, port(), told);
    socket?.destroy();
    return socket !== undefined;
  };

  it("is believed of those in ACCEPT_PROXY alone, and every rule goes by it", async () => {
    await serve([list("accept-proxy", balancer), list("allow", client, "127.0.0.8")]);
    const found = await Promise.all([
      isServed(balancer, client),
      isServed(balancer, "198.51.100.8"),
      isServed("127.0.0.6", client),
      isServed("127.0.0.8"),
      isServed(balancer, "127.0.0.8"),
    ]);
    assert.deepEqual(found, [true, false, false, true, true]);
    const sources = () => {
      at().stage.refused.lookNow();
      const told = at().stage.lines.filter(({ msg }) => msg === "connections refused");
      return new Set(told.map((line) => line["sources"]).flat());
    };
    await eventually("refusals are told", () => sources().size === 2);
    assert.deepEqual(sources(), new Set(["127.0.0.6 (1)", "198.51.100.8 (1)"]));
  });

  it("is a source of its own for RATE and CONNECTIONS", async () => {
    await serve([list("accept-proxy", balancer), { kind: "connections", most: 1, from }]);
    assert.ok(await connectFrom(balancer, port(), client));
    assert.equal(await connectFrom(balancer, port(), client), undefined);
    assert.ok(await connectFrom(balancer, port(), "198.51.100.8"));
  });

  it("is believed of others from now on without a reload, by the next agent too", async () => {
    await serve([list("accept-proxy", balancer), list("allow", client)]);
    assert.equal(await serve([list("accept-proxy", "127.0.0.6"), list("allow", client)]), "runtime");
    assert.deepEqual(await Promise.all([isServed(balancer, client), isServed("127.0.0.6", client)]), [false, true]);
    await at().stage.leave();
    const next = await openStage({ statsPort: at().statsPort, directory: at().stage.paths.directory });
    try {
      assert.equal(await serve([list("accept-proxy", balancer), list("allow", client)], next), "runtime");
      assert.deepEqual(await Promise.all([isServed(balancer, client), isServed("127.0.0.6", client)]), [true, false]);
    } finally {
      await next.leave();
    }
  });

  it("reloads for the first list and the last, and needs no other rule beside it", async () => {
    assert.equal(await serve([]), "start");
    assert.equal(await serve([list("accept-proxy", balancer)]), "reload");
    assert.deepEqual(await Promise.all([isServed(balancer, client), isServed("127.0.0.6")]), [true, true]);
    assert.equal(await serve([]), "reload");
  });
});
