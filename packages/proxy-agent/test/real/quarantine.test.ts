import assert from "node:assert/strict";
import type { Line } from "@fairway/haproxy";
import { allWhoAnswer, whoAnswers } from "./kit/client.ts";
import { listener, serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const lineOf = (service: string, text: string): Line => ({ text, from: { services: [service], settings: ["OPTION"] } });

describe("labels that HAProxy refuses", () => {
  const at = useStage(["a", "b", "c"], 3);
  const stage = () => at().stage;

  it("take their own service out, with HAProxy's words: the rest is served, and changes as before", async () => {
    const [one = 0, two = 0, three = 0] = at().ports;
    const [a, b, c] = at().echoes;
    assert.ok(a && b && c);
    await stage().apply(stage().desired([listener(one, [serverAt(a)])]));
    const bad = {
      ...listener(two, [serverAt(b), serverAt(c, { endpoint: "endpoints/shop/other/1/node-1/c" })]),
      settings: { addresses: ["127.0.0.1"], bind: [], lines: [lineOf("shop/echo", "option nonsense")] },
    };
    const outcome = await stage().apply(stage().desired([listener(one, [serverAt(a)]), bad]));
    assert.equal(outcome.ok && outcome.how, "reload", JSON.stringify(outcome));
    assert.deepEqual(await allWhoAnswer(one), ["a"]);
    assert.deepEqual(await allWhoAnswer(two), ["c"]);
    assert.deepEqual(
      stage().reconciler.leftOut.map(({ code, key }) => [code, key]),
      [["quarantined", "endpoints/shop/echo/1/node-1/b"]],
    );
    assert.match(
      stage().reconciler.leftOut[0]?.reason ?? "",
      /^HAProxy refuses its labels \(OPTION\), so it is not served until they change: unknown option 'nonsense'/,
    );
    const more = await stage().apply(stage().desired([listener(one, [serverAt(a)]), bad, listener(three, [])]));
    assert.ok(more.ok, "another listener comes");
    const good = { ...bad, settings: { ...bad.settings, lines: [lineOf("shop/echo", "option tcpka")] } };
    const mended = await stage().apply(stage().desired([listener(one, [serverAt(a)]), good]));
    assert.ok(mended.ok);
    assert.deepEqual(await allWhoAnswer(two), ["b", "c"]);
    assert.deepEqual(stage().reconciler.leftOut, []);
  });

  it("of a server that comes at run time take it out, and others go on", async () => {
    const [one = 0] = at().ports;
    const [a, b] = at().echoes;
    assert.ok(a && b);
    const options = ["check", "nonsense"];
    const odd = serverAt(b, { options, plain: ["check"], endpoint: "endpoints/shop/odd/1/node-1/b" });
    await stage().apply(stage().desired([listener(one, [serverAt(a)])]));
    const before = await stage().processes();
    const outcome = await stage().apply(stage().desired([listener(one, [serverAt(a), odd])]));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    assert.equal(await whoAnswers(one), "a");
    assert.deepEqual(await stage().processes(), before, "nothing was reloaded");
    assert.match(stage().reconciler.leftOut[0]?.reason ?? "", /unknown keyword 'nonsense'/);
  });

  it("are left out of the first start as well", async () => {
    const [one = 0] = at().ports;
    const [a, b] = at().echoes;
    assert.ok(a && b);
    const odd = serverAt(b, { options: ["nonsense"], plain: [], endpoint: "endpoints/shop/odd/1/node-1/b" });
    const outcome = await stage().apply(stage().desired([listener(one, [serverAt(a), odd])]));
    assert.equal(outcome.ok && outcome.how, "start", JSON.stringify(outcome));
    assert.equal(await whoAnswers(one), "a");
  });
});
