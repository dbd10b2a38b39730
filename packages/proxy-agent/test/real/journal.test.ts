import assert from "node:assert/strict";
import { agentApi, type JournalEntry } from "@fairway/contract";
import { freePorts } from "../../../../test/free-ports.ts";
import { given, keyOf, published } from "../given.ts";
import { agentHome, ready, type AgentHome, type AgentRun } from "./kit/agent-process.ts";
import { eventually, whoAnswers } from "./kit/client.ts";
import { openRegistryStage, type RegistryStage } from "./kit/registry-stage.ts";

describe("the journal of a proxy agent", () => {
  let stage: RegistryStage;
  let home: AgentHome;
  let run: AgentRun;
  let port: number;

  before(async () => {
    [stage, home] = await Promise.all([openRegistryStage(["a", "b"]), agentHome()]);
    [port = 0] = await freePorts(1);
  });

  after(async () => {
    await home.clear();
    await stage.close();
  });

  /** An endpoint whose registrar reports it now. */
  const report = async (container: string, listen = port) => {
    const { port: served } = stage.echo(container);
    const addresses = [published("127.0.0.1", served)];
    const records = given().service("shop", "db").node("node-1", { address: "127.0.0.1" });
    records.endpoint({ node: "node-1", container, addresses, listen: [{ port: listen, ssl: false }] });
    const stored = records.stored.map((each) => {
      const value = JSON.parse(each.value) as { reportedAt?: string };
      const isEndpoint = each.key.startsWith("endpoints/");
      return isEndpoint ? { ...each, value: JSON.stringify({ ...value, reportedAt: new Date().toISOString() }) } : each;
    });
    await stage.put(Object.assign(given(), { stored }));
  };
  const ask = async <T>(path: string, parse: (json: unknown) => T): Promise<T> => {
    const [status, body] = await home.admin(path);
    assert.equal(status, 200, body);
    return parse(JSON.parse(body));
  };
  const entries = async (query = "") =>
    (await ask(`${agentApi.journal.path}${query}`, (json) => agentApi.journal.schema.parse(json))).entries;
  const told = (entry: JournalEntry) => `${entry.is}: ${entry.text}`;
  const isTold = (text: string, query = "") =>
    eventually(text, async () => (await entries(query)).map(told).includes(text), 20_000);
  const at = (time: string) =>
    ask(`${agentApi.moment.path}?asked=shop/db&time=${time}`, (json) => agentApi.moment.schema.parse(json));
  const endpointsAt = async (time: string) =>
    (await at(time)).stored.map(({ key }) => key).filter((key) => key.startsWith("endpoints/"));

  it("tells who came, how long it took, what was reloaded and why, and what was refused", async () => {
    run = home.start(stage.env);
    await ready(home);
    await report("a");
    await isTold("came: came, ready", "?project=shop&service=db");
    await isTold(`reloaded: HAProxy reloaded: listener ${port} is new`);
    assert.equal(await whoAnswers(port), "a");
    const [came] = await entries("?project=shop&service=db");
    assert.ok(came?.is === "came" && came.appliedMs !== null && came.tookMs !== null, JSON.stringify(came));
    assert.ok(came.tookMs >= came.appliedMs, JSON.stringify(came));
    await report("b", 22);
    await eventually("it is told", async () => (await entries()).some(({ is }) => is === "refused"), 20_000);
    const refused = (await entries()).find(({ is }) => is === "refused");
    assert.match(refused?.text ?? "", /^b: port 22 is outside LISTEN_PORTS /);
  });

  it("answers for a moment, with the configuration that ran then and its text on disk", async () => {
    const before = new Date().toISOString();
    const keyA = keyOf({ project: "shop", service: "db" }, { node: "node-1", container: "a" });
    await stage.remove(keyA);
    await isTold("went: went", "?project=shop&service=db");
    const after = new Date().toISOString();
    const keyB = keyOf({ project: "shop", service: "db" }, { node: "node-1", container: "b" });
    assert.deepEqual((await endpointsAt(before)).toSorted(), [keyA, keyB].toSorted());
    assert.deepEqual(await endpointsAt(after), [keyB]);
    const { configuration, isRunning, isKnown } = await at(before);
    assert.deepEqual([isKnown, isRunning], [true, true]);
    assert.ok(
      configuration?.file?.endsWith(`/journal/${configuration.fingerprint}.cfg`),
      JSON.stringify(configuration),
    );
    assert.equal((await at("2020-01-01T00:00:00Z")).isKnown, false);
  });

  it("goes on over kill -9 of the agent: what changed meanwhile is told by the next one, and nothing twice", async () => {
    const former = await entries();
    await run.kill("SIGKILL");
    await report("a");
    home.start(stage.env);
    await ready(home);
    const isTold = async () => (await entries()).slice(former.length).some(({ is }) => is === "came");
    await eventually("a came again", isTold, 20_000);
    const all = await entries();
    assert.deepEqual(all.slice(0, former.length), former);
    const since = all.slice(former.length).map(told);
    assert.deepEqual(
      since.filter((each) => !/^(reloaded|recovered|failed)/.test(each)),
      ["began: agent 0.1.0 began", "came: came, ready"],
    );
    const seqs = all.map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => (seqs[0] ?? 0) + index),
    );
  });
});
