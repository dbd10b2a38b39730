import assert from "node:assert/strict";
import { allWhoAnswer, connectLasting, eventually, load } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";

describe("many changes", () => {
  let stage: Stage;
  let echo: EchoServer;
  let port: number;

  beforeEach(async () => {
    const [statsPort = 0, first = 0] = await freePorts(2);
    port = first;
    echo = await echoServer("steady");
    stage = await openStage({ statsPort });
    await stage.apply(stage.desired([listener(port, [serverAt(echo)])]));
  });

  afterEach(async () => {
    await stage.clear();
    await echo.close();
  });

  it("let 50 endpoints come and go in one worker, under load, and no connection fails", async () => {
    const before = await stage.processes();
    const lasting = await connectLasting(port);
    const traffic = load(port, 5);
    const passed: EchoServer[] = [];
    for (let round = 0; round < 50; round += 1) {
      const passing = await echoServer(`passing-${round}`);
      passed.push(passing);
      await stage.apply(stage.desired([listener(port, [serverAt(echo), serverAt(passing)])]));
      if (round % 10 === 0) assert.deepEqual(await allWhoAnswer(port), [`passing-${round}`, "steady"]);
      await stage.apply(stage.desired([listener(port, [serverAt(echo)])]));
    }
    await eventually("all are deleted", async () => (await stage.health()).length === 1);
    const { tried, failures } = await traffic.stop();
    assert.deepEqual(failures, []);
    assert.ok(tried > 20, `only ${tried} connections were tried`);
    await lasting.echoes("the same connection");
    lasting.close();
    assert.deepEqual(await stage.processes(), before);
    await Promise.all(passed.map((each) => each.close()));
  });

  it("take 2,000 servers in one application", async () => {
    const servers = Array.from({ length: 2000 }, (_, index) => {
      return serverAt({ name: `s${index}`, port: 9 }, { options: [] });
    });
    const outcome = await stage.apply(stage.desired([listener(port, [serverAt(echo), ...servers])]));
    assert.equal(outcome.ok && outcome.how, "runtime");
    assert.equal((await stage.health()).length, 2001);
    await stage.apply(stage.desired([listener(port, [serverAt(echo)])]));
    await eventually("all are deleted", async () => (await stage.health()).length === 1);
  });
});
