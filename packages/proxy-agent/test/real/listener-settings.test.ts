import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { listenerLinesOf } from "@fairway/contract";
import type { Line } from "@fairway/haproxy";
import { listenerText } from "../../../contract/test/labels/listener-text.ts";
import { allWhoAnswer, connectLasting, eventually, whoAnswers } from "./kit/client.ts";
import { assertValid } from "./kit/assert-valid.ts";
import { listener, serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

function linesOf(settings: Readonly<Record<string, string>>): readonly Line[] {
  const { lines, problems } = listenerLinesOf(settings);
  assert.deepEqual(problems, []);
  const own = lines.map(({ text, setting }) => ({ text, from: { services: ["shop/echo"], settings: [setting] } }));
  return settings["BALANCE"] === "source"
    ? [...own, { text: "hash-type consistent", from: { services: ["shop/echo"], settings: ["BALANCE"] } }]
    : own;
}

describe("settings of a listener", () => {
  const at = useStage(["a", "b", "c"], 1);
  const stage = () => at().stage;
  const port = () => at().ports[0] ?? 0;

  /** Has HAProxy run with the first of the servers, then takes in the others: without a reload. */
  async function serve(settings: Readonly<Record<string, string>>): Promise<void> {
    const lines = linesOf(settings);
    const servers = at().echoes.map((echo) => serverAt(echo));
    await stage().apply(stage().desired([listener(port(), servers.slice(0, 1), { lines })]));
    const outcome = await stage().apply(stage().desired([listener(port(), servers, { lines })]));
    assert.equal(outcome.ok && outcome.how, "runtime", JSON.stringify(outcome));
  }

  for (const balance of ["roundrobin", "leastconn", "first", "random", "random(2)"]) {
    it(`BALANCE ${balance}: servers come at run time, and serve`, async () => {
      await serve({ BALANCE: balance });
      const served = await allWhoAnswer(port(), 40);
      assert.deepEqual(served, balance === "first" ? ["a"] : ["a", "b", "c"]);
    });
  }

  it("BALANCE source: a client stays at one server, and servers come at run time", async () => {
    await serve({ BALANCE: "source" });
    assert.equal((await allWhoAnswer(port())).length, 1);
  });

  it("aliyun.probe.url over http: a page of 2xx or 3xx passes, at another port than is served, and no other page", async () => {
    const answers: Readonly<Record<string, number>> = { "/up?a=%20b&c=1;d": 200, "/moved": 302, "/down": 404 };
    const page = createHttpServer(({ url = "" }, response) => response.writeHead(answers[url] ?? 500).end());
    page.listen(0, "127.0.0.1").unref();
    await once(page, "listening");
    const checkPort = (page.address() as AddressInfo).port;
    for (const [path, isUp] of [...Object.keys(answers), "/none"].map(
      (each) => [each, /up|moved/.test(each)] as const,
    )) {
      const lines = linesOf({ "probe.url": `http://container:${checkPort}${path}` });
      const options = ["check", "port", String(checkPort), "inter", "100", "rise", "1", "fall", "1"];
      const servers = at().echoes.map((echo) => serverAt(echo, { options }));
      const outcome = await stage().apply(stage().desired([listener(port(), servers, { lines })]));
      assert.ok(outcome.ok, path);
      await eventually(`${path} is ${isUp ? "up" : "down"}`, async () => {
        const health = await stage().health();
        return health.length === 3 && health.every((each) => each.isUp === isUp);
      });
    }
    page.close();
  });

  it("TIMEOUT: a silent client goes when its listener says so", async () => {
    await serve({ TIMEOUT: "client 300ms" });
    const begun = performance.now();
    const client = await connectLasting(port());
    await eventually("the client was sent away", () => !client.isOpen());
    assert.ok(performance.now() - begun < 5000);
  });

  it("IDLE: an established connection goes when it was silent for so long, and one that speaks stays", async () => {
    await serve({ IDLE: "1s" });
    const [silent, speaking] = [await connectLasting(port()), await connectLasting(port())];
    await silent.echoes("established");
    await eventually("the silent one was ended", async () => {
      await speaking.echoes("still here");
      return !silent.isOpen();
    });
    await speaking.echoes("and now");
    speaking.close();
  });

  it("EXTRA_SETTINGS maxconn: a connection beyond it waits for its turn", async () => {
    await serve({ EXTRA_SETTINGS: "maxconn 1" });
    const first = await connectLasting(port());
    const second = whoAnswers(port());
    await new Promise((resolve) => setTimeout(resolve, 300));
    await first.echoes("still the only one");
    first.close();
    assert.match(await second, /^[abc]$/);
  });

  it("another one reloads and says which it was, and the same again does nothing", async () => {
    await serve({ BALANCE: "leastconn" });
    const servers = at().echoes.map((echo) => serverAt(echo));
    const other = () =>
      stage().apply(stage().desired([listener(port(), servers, { lines: linesOf({ BALANCE: "first" }) })]));
    const changed = await other();
    assert.deepEqual(changed.reasons, [{ code: "listener-settings", port: port(), settings: ["BALANCE"] }]);
    assert.ok(changed.ok);
    const again = await other();
    assert.equal(again.ok && again.how, "none");
  });
});

describe("what labels may say of listeners", () => {
  it("is valid for HAProxy, in files of 500 listeners", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-lines-"));
    const file = join(directory, "haproxy.cfg");
    const arbitrary = fc.array(listenerText, { minLength: 1, maxLength: 4 }).map((texts) => texts.join(", "));
    const sections = fc.sample(arbitrary, { numRuns: 4000, seed: 1 }).flatMap((text) => {
      const { lines, problems } = listenerLinesOf({ EXTRA_SETTINGS: text });
      return problems.length > 0 || lines.length === 0 ? [] : [lines.map((line) => line.text)];
    });
    const head = ["defaults", " mode tcp", " timeout connect 1s", " timeout client 1s", " timeout server 1s"];
    for (let at = 0; at + 500 <= sections.length; at += 500) {
      const listeners = sections.slice(at, at + 500).flatMap((lines, index) => {
        return [`listen l${index}`, ` bind 127.0.0.1:${index + 1}`, ...lines, " server s 127.0.0.1:1 check"];
      });
      await writeFile(file, [...head, ...listeners, ""].join("\n"));
      await assertValid(file);
    }
    assert.ok(sections.length >= 1000, `${sections.length} listeners`);
    await rm(directory, { recursive: true, force: true });
  });
});
