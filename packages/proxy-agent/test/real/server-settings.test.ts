import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { serverLineOf, type ServerSettings } from "@fairway/contract";
import { haproxyText } from "../../../contract/test/labels/haproxy-text.ts";
import { allWhoAnswer, connectLasting, eventually, whoAnswers } from "./kit/client.ts";
import { assertValid } from "./kit/assert-valid.ts";
import { listener, serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const proxy = { check: ["check", "inter", "200", "rise", "1", "fall", "1"], route: [] };

describe("settings of a server", () => {
  const at = useStage(["a", "b", "c"], 1);
  const stage = () => at().stage;
  const port = () => at().ports[0] ?? 0;

  /** Has HAProxy run without servers, then adds one for each of the settings. */
  async function serve(...settings: readonly ServerSettings[]): Promise<void> {
    await stage().apply(stage().desired([listener(port(), [])]));
    const servers = settings.flatMap((each, index) => {
      const echo = at().echoes[index];
      return echo ? [serverAt(echo, { options: serverLineOf(each, proxy).words })] : [];
    });
    const outcome = await stage().apply(stage().desired([listener(port(), servers)]));
    assert.equal(outcome.ok && outcome.how, "runtime", JSON.stringify(outcome));
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
