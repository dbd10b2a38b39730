import assert from "node:assert/strict";
import { Registry } from "prom-client";
import { ServiceFigures } from "../../src/status/service-figures.ts";
import { addServiceMetrics } from "../../src/status/service-metrics.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { eventually, whoAnswers } from "./kit/client.ts";
import { listener, serverAt, type Stage } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

/** The figures of what a stage runs; `later` has a second pass. */
function figuresOf({ haproxy, reconciler }: Stage) {
  let nowMs = 0;
  const listeners = () => reconciler.progress.applied?.desired.listeners ?? [];
  const figures = new ServiceFigures({ haproxy, listeners, now: () => nowMs });
  const registry = new Registry();
  addServiceMetrics(registry, figures, () => []);
  const later = () => {
    nowMs += 1000;
  };
  /** Lines of the exposition for a metric, by the rest of its name. */
  const scrape = async (name: string) => {
    later();
    const text = await registry.metrics();
    return text.split("\n").filter((line) => line.startsWith(`fairway_service_${name}{`));
  };
  return { figures, scrape };
}

describe("figures of services", () => {
  const at = useStage(["a", "b"], 1);
  const port = () => at().ports[0] ?? 0;
  const own = '{project="shop",service="echo"}';

  const serve = async (names: readonly string[], maxconn = 1000) => {
    const { stage, echoes } = at();
    const servers = echoes.filter(({ name }) => names.includes(name)).map((echo) => serverAt(echo));
    const outcome = await stage.apply(stage.desired([listener(port(), servers)], { maxconn }));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  };

  const connect = async (count: number) => {
    for (let index = 0; index < count; index += 1) await whoAnswers(port());
  };

  it("count sessions and bytes over servers that leave and over a reload, as one service", async () => {
    await serve(["a", "b"]);
    const { figures, scrape } = figuresOf(at().stage);
    await connect(6);
    assert.deepEqual(await scrape("sessions_total"), [`fairway_service_sessions_total${own} 6`]);
    const [sent = ""] = await scrape("sent_bytes_total");
    assert.ok(Number(sent.split(" ").at(-1)) > 0, sent);
    await serve(["b"]);
    await eventually("the other is deleted", async () => (await at().stage.health()).length === 1);
    await connect(3);
    assert.deepEqual(await scrape("sessions_total"), [`fairway_service_sessions_total${own} 9`]);
    await figures.lookNow();
    assert.equal(await serve(["b"], 999), "reload");
    await connect(2);
    assert.deepEqual(await scrape("sessions_total"), [`fairway_service_sessions_total${own} 11`]);
  });

  it("tell servers by state, and the time to connect in seconds", async () => {
    await serve(["a", "b"]);
    const { scrape } = figuresOf(at().stage);
    await at().echoes[0]?.close();
    const state = (name: string, count: number) =>
      `fairway_service_servers{project="shop",service="echo",state="${name}"} ${count}`;
    await eventually("the one that ended is down", async () => {
      return (
        (await scrape("servers")).join() ===
        [state("up", 1), state("down", 1), state("drain", 0), state("maint", 0)].join()
      );
    });
    await connect(3);
    const [time = ""] = await scrape("connect_seconds");
    const seconds = Number(time.split(" ").at(-1));
    assert.ok(time.startsWith(`fairway_service_connect_seconds${own} `) && seconds < 0.2, time);
  });

  it("have HAProxy's exporter where METRICS_LISTEN says, without series of servers unless they are asked for", async () => {
    const { stage, echoes } = at();
    const [metricsPort = 0] = await freePorts(1);
    const metricsListen = { host: "127.0.0.1", port: metricsPort };
    const servers = echoes.map((echo) => serverAt(echo));
    const outcome = await stage.apply(stage.desired([listener(port(), servers)], { metricsListen }));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    const [plain, all, page] = [await ask("/metrics"), await ask("/metrics?scope=server"), await ask("/")];
    assert.deepEqual(
      [plain, all].map(({ text }) => ({
        hasProcess: text.includes("\nhaproxy_process_"),
        hasListener: text.includes(`{proxy="port_${port()}"`),
        hasServers: text.includes('server="'),
      })),
      [
        { hasProcess: true, hasListener: true, hasServers: false },
        { hasProcess: false, hasListener: true, hasServers: true },
      ],
    );
    assert.equal(page.status, 404);
  });
});
