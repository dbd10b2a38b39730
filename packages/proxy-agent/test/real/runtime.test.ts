import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { allWhoAnswer, connectLasting, eventually, whoAnswers } from "./kit/client.ts";
import { listener, serverAt } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

describe("endpoint changes at run time", () => {
  const at = useStage(["a", "b", "c"], 1);
  const stage = () => at().stage;
  const port = () => at().ports[0] ?? 0;

  const servers = (...names: string[]) =>
    at()
      .echoes.filter(({ name }) => names.includes(name))
      .map((echo) => serverAt(echo));

  it("starts HAProxy with what is desired", async () => {
    const outcome = await stage().apply(stage().desired([listener(port(), servers("a", "b"))]));
    assert.deepEqual(outcome, { ok: true, how: "start", reasons: [{ code: "not-running" }], commands: 0 });
    assert.deepEqual(await allWhoAnswer(port()), ["a", "b"]);
  });

  it("adds, drains, readies and removes servers without a reload", async () => {
    await stage().apply(stage().desired([listener(port(), servers("a"))]));
    const before = await stage().processes();
    const steps: [string, ReturnType<typeof listener>, string[]][] = [
      ["add", listener(port(), servers("a", "b", "c")), ["a", "b", "c"]],
      ["drain", listener(port(), [...servers("b", "c"), { ...servers("a")[0]!, admin: "drain" }]), ["b", "c"]],
      ["ready", listener(port(), servers("a", "b", "c")), ["a", "b", "c"]],
      ["remove", listener(port(), servers("c")), ["c"]],
    ];
    for (const [what, next, answering] of steps) {
      const outcome = await stage().apply(stage().desired([next]));
      assert.equal(outcome.ok && outcome.how, "runtime", what);
      assert.deepEqual(await allWhoAnswer(port()), answering, what);
    }
    await eventually("HAProxy holds just the desired servers", async () => (await stage().health()).length === 1);
    assert.deepEqual(
      await stage()
        .processes()
        .then(({ workers }) => workers),
      before.workers,
    );
  });

  it("keeps a drained server's connection, and ends a gone one's after DRAIN_TIMEOUT", async () => {
    await stage().apply(stage().desired([listener(port(), servers("a"))]));
    const lasting = await connectLasting(port());
    await stage().apply(stage().desired([listener(port(), [{ ...servers("a")[0]!, admin: "drain" }])]));
    await lasting.echoes("drained");
    const begun = performance.now();
    await stage().apply(stage().desired([listener(port(), servers("b"))]));
    await lasting.echoes("gone");
    await eventually("the connection is ended", () => !lasting.isOpen());
    assert.ok(performance.now() - begun >= 1000);
    await eventually("the server is deleted", async () => (await stage().health()).length === 1);
    assert.equal(await whoAnswers(port()), "b");
  });

  it("lets haproxy.cfg and snapshot.json follow within a second", async () => {
    stage().files.setMemory(() => ({ seen: 1 }));
    await stage().apply(stage().desired([listener(port(), servers("a"))]));
    await stage().apply(stage().desired([listener(port(), servers("a", "b"))]));
    const written = () => readFile(stage().paths.config, "utf8");
    await eventually("the file names the new server", async () => (await written()).includes("server b.x "), 1000);
    assert.match(await readFile(stage().paths.snapshot, "utf8"), /"memory":\{"seen":1\}/);
  });
});
