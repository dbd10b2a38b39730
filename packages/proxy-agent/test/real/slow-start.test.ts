import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Server } from "@fairway/haproxy";
import { eventually, whoAnswers } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";

const options = ["check", "inter", "60s", "weight", "100"];

describe("SLOW_START", () => {
  let stage: Stage;
  let echoes: readonly EchoServer[];
  let statsPort: number;
  let port: number;
  let other: number;

  beforeEach(async () => {
    [statsPort = 0, port = 0, other = 0] = await freePorts(3);
    echoes = await Promise.all(["old", "new"].map(echoServer));
    stage = await openStage({ statsPort, slowStartMs: 3000 });
    await stage.apply(stage.desired([listener(port, servers("old"))]));
  });

  afterEach(async () => {
    await stage.clear();
    await Promise.all(echoes.map((echo) => echo.close()));
  });

  const servers = (...names: readonly string[]): readonly Server[] =>
    echoes.filter(({ name }) => names.includes(name)).map((echo) => serverAt(echo, { options }));

  const weightOf = async (name: string) => {
    const states = await stage.health();
    return states.find((each) => each.listener === port && each.name === `${name}.x`)?.weight ?? -1;
  };

  const join = () => stage.apply(stage.desired([listener(port, servers("old", "new"))]));

  it("gives a server that joins others its weight step by step, and traffic to match", async () => {
    assert.equal(await weightOf("old"), 100);
    await join();
    const seen = [await weightOf("new")];
    const answers: string[] = [];
    for (let n = 0; n < 20; n += 1) answers.push(await whoAnswers(port));
    await eventually("it has its whole weight", async () => {
      seen.push(await weightOf("new"));
      return seen.at(-1) === 100;
    });
    assert.ok((seen[0] ?? 100) < 50, `it began with ${seen[0]}`);
    assert.ok(new Set(seen).size > 4, seen.join(" "));
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.equal(await weightOf("old"), 100);
    assert.ok(answers.filter((name) => name === "new").length < 10, answers.join(" "));
  });

  it("goes on through a reload, and after the agent was killed", async () => {
    await join();
    const both = [listener(port, servers("old", "new")), listener(other, servers("old"))];
    const outcome = await stage.apply(stage.desired(both));
    assert.equal(outcome.ok && outcome.how, "reload");
    const before = await weightOf("new");
    assert.ok(before > 0 && before < 100, `${before} after the reload`);
    await stage.leave();
    stage = await openStage({ statsPort, slowStartMs: 3000, directory: stage.paths.directory });
    await stage.apply(stage.desired(both));
    await eventually("it has its whole weight", async () => (await weightOf("new")) === 100);
  });

  it("gives no weight to a server that is drained meanwhile", async () => {
    await join();
    const drained = servers("old", "new").map((server) => {
      return server.name === "new.x" ? ({ ...server, admin: "drain" } as const) : server;
    });
    await stage.apply(stage.desired([listener(port, drained)]));
    // Several steps of the ramp would have come by then.
    await delay(400);
    assert.equal(await weightOf("new"), 0);
    await join();
    await eventually("it has its whole weight", async () => (await weightOf("new")) === 100);
  });
});
