import assert from "node:assert/strict";
import { listener, serverAt } from "./kit/stage.ts";
import { whoAnswers } from "./kit/client.ts";
import { useStage } from "./kit/use-stage.ts";

describe("the proxy's environment", () => {
  const current = useStage(["a"], 2);

  const at = (port: number) =>
    listener(
      port,
      current().echoes.map((echo) => serverAt(echo)),
    );

  it("MONITOR_PORT + MONITOR_URI: an HTTP health answer for that path, 503 for others", async () => {
    const { stage, ports } = current();
    const [port = 0, monitor = 0] = ports;
    const outcome = await stage.apply(stage.desired([at(port)], { monitor: { port: monitor, uri: "/up?all" } }));
    assert.ok(outcome.ok);
    const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${monitor}${path}`)).status;
    assert.deepEqual(await Promise.all(["/up?all", "/up", "/"].map(statusOf)), [200, 503, 503]);
    assert.equal(await whoAnswers(port), "a");
  });

  it("ADDITIONAL_BACKEND_<NAME>: a backend with these lines, whose servers nobody takes for a listener's", async () => {
    const { stage, ports, echoes } = current();
    const [port = 0, beside = 0] = ports;
    const backends = [{ rest: "beside", items: ["mode tcp", `server other 127.0.0.1:${echoes[0]?.port} check`] }];
    const extraDefaults = ["frontend way", `bind 127.0.0.1:${beside}`, "mode tcp", "use_backend beside"];
    const outcome = await stage.apply(stage.desired([at(port)], { backends, extraDefaults }));
    assert.ok(outcome.ok);
    assert.deepEqual(await Promise.all([port, beside].map(whoAnswers)), ["a", "a"]);
    await stage.apply(stage.desired([listener(port, [])], { backends, extraDefaults }));
    assert.equal(await whoAnswers(beside), "a");
    assert.deepEqual([...new Set((await stage.health()).map((server) => server.listener))], [port]);
  });
});
