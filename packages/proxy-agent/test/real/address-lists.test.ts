import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import type { AddressList } from "@fairway/haproxy";
import { eventually, load, whoAnswers } from "./kit/client.ts";
import { listener, openStage, serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const from = { services: ["shop/echo"], settings: ["ALLOW"] };
const list = (kind: AddressList["kind"], ...networks: readonly string[]): AddressList => ({ kind, networks, from });

/** Whether a client at an address of this machine is let in. */
async function isLetIn(port: number, localAddress: string): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  socket.on("error", () => undefined);
  const outcome = await Promise.race([
    once(socket, "data").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return outcome;
}

describe("who may connect to a listener", () => {
  const at = useStage(["a"], 1);
  const stage = () => at().stage;
  const port = () => at().ports[0] ?? 0;

  async function serve(...lists: readonly AddressList[]) {
    const servers = at().echoes.map((echo) => serverAt(echo));
    const outcome = await stage().apply(stage().desired([listener(port(), servers, { lists })]));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  }

  it("is said by ALLOW, and DENY is stronger", async () => {
    await serve(list("deny", "127.0.0.3"), list("allow", "127.0.0.2", "127.0.0.3"));
    const found = await Promise.all(["127.0.0.1", "127.0.0.2", "127.0.0.3"].map((ip) => isLetIn(port(), ip)));
    assert.deepEqual(found, [false, true, false]);
  });

  it("is nobody where the list has no network", async () => {
    await serve(list("allow"));
    assert.equal(await isLetIn(port(), "127.0.0.1"), false);
  });

  it("changes a hundred times at run time: the same worker, and none of the allowed fails", async () => {
    await serve(list("deny", "127.0.0.9"), list("allow", "127.0.0.1", "127.0.0.2"));
    const before = await stage().processes();
    const allowed = load(port());
    for (let round = 1; round <= 100; round += 1) {
      const hows = await serve(
        list("deny", `127.0.1.${round}`),
        list("allow", "127.0.0.1", `127.0.0.${round % 2 ? 2 : 3}`),
      );
      assert.equal(hows, "runtime");
    }
    assert.deepEqual((await allowed.stop()).failures, []);
    assert.deepEqual(await stage().processes(), before);
    const found = await Promise.all(["127.0.0.2", "127.0.0.3", "127.0.1.100"].map((ip) => isLetIn(port(), ip)));
    assert.deepEqual(found, [false, true, false]);
  });

  it("reloads for the first list of a listener, and for the last", async () => {
    assert.equal(await serve(), "start");
    assert.equal(await serve(list("deny", "127.0.0.2")), "reload");
    assert.equal(await serve(list("deny", "127.0.0.3")), "runtime");
    assert.equal(await serve(), "reload");
    assert.equal(await whoAnswers(port()), "a");
  });

  it("holds over a reload and a new agent, which gives an adopted HAProxy the list of now", async () => {
    await serve(list("deny", "127.0.0.2"));
    await serve(list("deny", "127.0.0.3"));
    await stage().leave();
    const next = await openStage({ statsPort: at().statsPort, directory: stage().paths.directory });
    try {
      const servers = at().echoes.map((echo) => serverAt(echo));
      const lists = [list("deny", "127.0.0.4")];
      const outcome = await next.apply(next.desired([listener(port(), servers, { lists })]));
      assert.equal(outcome.ok && outcome.how, "runtime", JSON.stringify(outcome));
      await eventually("the list of now is in force", async () => !(await isLetIn(port(), "127.0.0.4")));
      assert.equal(await isLetIn(port(), "127.0.0.3"), true);
    } finally {
      await next.leave();
    }
  });
});
