import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Server } from "@fairway/haproxy";
import { ask } from "@fairway/standalone";
import { serverLineOf, type ServerSettings } from "@fairway/contract";
import { haproxyText } from "../../../contract/test/labels/haproxy-text.ts";
import { allWhoAnswer, connectLasting, eventually, whoAnswers } from "./kit/client.ts";
import { assertValid } from "./kit/assert-valid.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const proxy = { check: ["check", "inter", "200", "rise", "1", "fall", "1"], route: [] };

describe("settings of a server", () => {
  const at = useStage(["a", "b", "c"], 1);
  const stage = () => at().stage;
  const port = () => at().ports[0] ?? 0;

  /** Has HAProxy run without servers, then adds one for each of the settings. */
  async function serve(...settings: readonly ServerSettings[]): Promise<void> {
    await stage().apply(stage().desired([listener(port(), [])]));
    const outcome = await stage().apply(stage().desired([listener(port(), serversWith(settings))]));
    assert.equal(outcome.ok && outcome.how, "runtime", JSON.stringify(outcome));
  }

  function serversWith(settings: readonly ServerSettings[]): readonly Server[] {
    return settings.flatMap((each, index) => {
      const echo = at().echoes[index];
      const { words, slowStartMs, drainTimeoutMs } = serverLineOf(each, proxy);
      const times = {
        ...(slowStartMs !== undefined && { slowStartMs }),
        ...(drainTimeoutMs !== undefined && { drainTimeoutMs }),
      };
      return echo ? [serverAt(echo, { options: words, ...times })] : [];
    });
  }

  /** A server's bound of connections, and how many it has, as HAProxy tells them. */
  async function limitOf({ paths }: Stage, name: string): Promise<readonly string[]> {
    const answer = await ask(paths.socket, "show stat");
    const [header = [], ...lines] = answer.split("\n").map((line) => line.split(","));
    const row = lines.find(([, server]) => server === name) ?? [];
    return ["slim", "scur"].map((column) => row[header.indexOf(column)] ?? "");
  }

  async function counts(connections: number): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (let index = 0; index < connections; index += 1) {
      const who = await whoAnswers(port());
      found[who] = (found[who] ?? 0) + 1;
    }
    return found;
  }

  it("WEIGHT: of four connections three go to the server with three times the weight, without a reload", async () => {
    await serve({ WEIGHT: "30" }, { WEIGHT: "10" });
    assert.deepEqual(await counts(40), { a: 30, b: 10 });
  });

  it("MAXCONN: a connection beyond it waits for its turn, longer than for a connect", async () => {
    await serve({ MAXCONN: "1" });
    const first = await connectLasting(port());
    const second = whoAnswers(port());
    await new Promise((resolve) => setTimeout(resolve, 600));
    await first.echoes("still the only one");
    first.close();
    assert.equal(await second, "a");
  });

  it("WEIGHT and MAXCONN change as the server runs: its connections last, and both act", async () => {
    await serve({ WEIGHT: "10", MAXCONN: "100" }, { WEIGHT: "10" });
    const lasting = await Promise.all([1, 2].map(() => connectLasting(port())));
    const before = await stage().processes();
    const settings: readonly ServerSettings[] = [{ WEIGHT: "30", MAXCONN: "3" }, { WEIGHT: "10" }];
    const outcome = await stage().apply(stage().desired([listener(port(), serversWith(settings))]));
    assert.deepEqual(outcome, { ok: true, how: "runtime", reasons: [], commands: 2 });
    // The first round begins where the weights of before had led.
    const { a = 0 } = await counts(40);
    assert.ok(a >= 28 && a <= 32, `${a} of 40`);
    for (const each of lasting) await each.echoes("still there");
    assert.deepEqual((await stage().processes()).workers, before.workers);
    const more = Array.from({ length: 8 }, () => connect({ host: "127.0.0.1", port: port() }));
    await eventually("it has as many as it may", async () => {
      return (await limitOf(stage(), "a.x")).join() === "3,3";
    });
    for (const each of more) each.destroy();
    for (const each of lasting) each.close();
  });

  it("MAXCONN: an agent that begins again gives it anew, as HAProxy tells nobody what it has", async () => {
    const { statsPort } = at();
    const first = await openStage({ statsPort });
    await first.apply(first.desired([listener(port(), serversWith([{ MAXCONN: "100" }]))]));
    await first.leave();
    const again = await openStage({ statsPort, directory: first.paths.directory });
    const outcome = await again.apply(again.desired([listener(port(), serversWith([{ MAXCONN: "7" }]))]));
    assert.deepEqual(outcome, { ok: true, how: "runtime", reasons: [], commands: 1 });
    assert.equal((await limitOf(again, "a.x"))[0], "7");
    await again.clear();
  });

  it("PROXY: v2 tells the server the client's address in the binary header", async () => {
    await serve({ PROXY: "v2", HEALTH_CHECK: "" });
    const client = connect({ host: "127.0.0.1", port: port() });
    let echoed = "";
    client.on("data", (chunk: Buffer) => (echoed += chunk.toString("latin1")));
    await eventually("it comes back", () => echoed.startsWith("a\n\r\n\r\n\0\r\nQUIT\n"));
    client.destroy();
  });

  it("SLOW_START: a server that joins comes to its weight step by step, where it says so itself", async () => {
    await serve({ WEIGHT: "100" });
    const settings: readonly ServerSettings[] = [{ WEIGHT: "100" }, { WEIGHT: "100", SLOW_START: "1s" }];
    await stage().apply(stage().desired([listener(port(), serversWith(settings))]));
    const weightOf = async (name: string) => (await stage().health()).find((each) => each.name === name)?.weight ?? 0;
    const first = await weightOf("b.x");
    assert.ok(first < 100, `it began with ${first}`);
    await eventually("it has its whole weight", async () => (await weightOf("b.x")) === 100);
  });

  it("DRAIN: connections to a server that is gone last as long as it says", async () => {
    await serve({ DRAIN: "100ms" }, {});
    const [one, other] = [await connectLasting(port()), await connectLasting(port())];
    await stage().apply(stage().desired([listener(port(), [])]));
    await eventually("one of them is ended", () => one.isOpen() !== other.isOpen(), 900);
    await eventually("the other one is, after the proxy's second", () => !one.isOpen() && !other.isOpen());
  });

  it("FAILOVER: backups serve, all of them, while no other server is up", async () => {
    await serve({}, { FAILOVER: "true" }, { FAILOVER: "true" });
    assert.deepEqual(await allWhoAnswer(port()), ["a"]);
    await at().echoes[0]?.close();
    assert.deepEqual(await allWhoAnswer(port()), ["b", "c"]);
  });

  it("HEALTH_CHECK: replaces the proxy's, and empty there is none", async () => {
    await serve({ HEALTH_CHECK: `check port ${port() + 1} inter 100 fall 1` }, { HEALTH_CHECK: "" });
    await eventually("the check at a closed port fails", async () => {
      return (await stage().health()).some(({ name, isUp }) => name === "a.x" && !isUp);
    });
    await at().echoes[1]?.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok((await stage().health()).some(({ name, isUp }) => name === "b.x" && isUp));
  });

  it("EXTRA_ROUTE_SETTINGS: the server is told the client's address", async () => {
    await serve({ EXTRA_ROUTE_SETTINGS: "send-proxy", HEALTH_CHECK: "" });
    const client = connect({ host: "127.0.0.1", port: port() });
    let echoed = "";
    client.on("data", (chunk: Buffer) => (echoed += chunk.toString()));
    await eventually("what the server was told comes back", () => echoed.startsWith("a\nPROXY TCP4 127.0.0.1 "));
    client.destroy();
  });

  it("are taken at run time, each word that labels may say", async () => {
    const every =
      "check-send-proxy downinter 9s error-limit 9 fall 9 fastinter 1s inter 9s maxconn 9 maxqueue 9 minconn 1 " +
      "observe layer4 on-error mark-down on-marked-down shutdown-sessions on-marked-up shutdown-backup-sessions " +
      "port 9 rise 9 send-proxy backup weight 9";
    await serve({ EXTRA_ROUTE_SETTINGS: every }, { EXTRA_ROUTE_SETTINGS: "send-proxy-v2" });
  });
});

describe("what labels may say of servers", () => {
  it("is valid for HAProxy, in files of 500 servers", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-words-"));
    const file = join(directory, "haproxy.cfg");
    const lines = fc.sample(haproxyText, { numRuns: 3000, seed: 1 }).flatMap((text) => {
      const { words, problems } = serverLineOf({ EXTRA_ROUTE_SETTINGS: text }, proxy);
      return problems.length > 0 ? [] : [words.join(" ")];
    });
    const head = ["defaults", " mode tcp", " timeout connect 1s", " timeout client 1s", " timeout server 1s"];
    for (let at = 0; at + 500 <= lines.length; at += 500) {
      const servers = lines.slice(at, at + 500).map((words, index) => ` server s${index} 127.0.0.1:1 ${words}`);
      await writeFile(file, [...head, "listen l", " bind 127.0.0.1:1", ...servers, ""].join("\n"));
      await assertValid(file);
    }
    assert.ok(lines.length >= 500, `${lines.length} lines`);
    await rm(directory, { recursive: true, force: true });
  });
});
