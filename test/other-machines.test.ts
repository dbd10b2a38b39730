import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type AgentApis, makeAgentApis } from "./agent-apis.ts";
import { composeLabels, eventually, namedRedis, namesAt, proxyLabels, useLab } from "./lab/index.ts";
import { runFairway, startFairway } from "./run-fairway.ts";

const run = promisify(execFile);
const within = 40_000;

/** Ports that no proxy opens: a refusal each. A record tells of ten. */
const refused = [22, 1936, 2375, 2376, 2377, 2378, 2379, 2380, 4789, 7379, 7380, 7381, 7946];

/** Two nodes whose agents answer at API_LISTEN. */
describe("fairway, of agents on other machines,", () => {
  const lab = useLab({ nodes: 2, agents: false });
  let apis: AgentApis;
  let beganAt: string;
  const registry = () => ({ ETCD_ENDPOINTS: lab().etcd.endpoints });
  const withToken = () => ({ ...registry(), ...apis.asking });
  const note = () => `registry: ${lab().etcd.endpoints}, prefix /fairway/v1, by ETCD_ENDPOINTS`;
  const cut = "n1/proxy, n2/proxy (API_CA_FILE and API_TOKEN_FILE are not set here)";

  before(async () => {
    apis = await makeAgentApis(lab());
    await Promise.all(lab().nodes.map((node) => node.agent.start({ ...apis.agent(node), CONNECTION_LOG: "on" })));
    const labels = (service: string, ports: string) => ({ ...composeLabels("shop", service), ...proxyLabels(ports) });
    await eventually(async () => assert.equal((await history("shop/db")).code, 0), { within });
    await Promise.all([
      ...lab().nodes.map(({ name, runContainer }) =>
        runContainer({ labels: labels("db", "7047:6379"), command: namedRedis(name), publish: ["6379"] }),
      ),
      lab()
        .node(1)
        .runContainer({ labels: labels("bad", refused.map((port) => `${port}:6379`).join(", ")) }),
    ]);
    assert.deepEqual(await wait(withToken()), { code: 0, lines: 2, last: note() });
    beganAt = new Date().toISOString();
  });

  const wait = async (env: Readonly<Record<string, string>>) => {
    const { code, stdout, stderr } = await runFairway(["wait", "shop/db", "--timeout", "40s"], env);
    return { code, lines: stdout.length, last: stderr.at(-1) };
  };

  it("are asked by wait, and without the token it is not sure, and ends with 4", async () => {
    assert.deepEqual(await wait(registry()), { code: 4, lines: 2, last: `not asked for all that they refuse: ${cut}` });
  });

  type Item = Readonly<Record<string, string>>;
  const itemsIn = ({ stdout }: { readonly stdout: readonly string[] }) =>
    (JSON.parse(stdout.join("\n")) as { items: Item[] }).items;
  const history = (...args: readonly string[]) => runFairway(["history", ...args], withToken());

  it("tells by get and why all that their proxies refuse, and without the token in one line who was not asked, and ends with 4", async () => {
    const askRefusals = (env: Readonly<Record<string, string>>) =>
      runFairway(["get", "rejections", "bad", "-o", "json"], env);
    await eventually(
      async () => {
        const { code, stdout, stderr } = await askRefusals(withToken());
        const proxies = itemsIn({ stdout }).map(({ by = "" }) => by);
        const expected = lab().nodes.flatMap(({ name }) => refused.map(() => `proxy ${name}/proxy`));
        assert.deepEqual(proxies.toSorted(), expected.toSorted());
        assert.deepEqual([code, stderr], [0, [note()]]);
      },
      { within },
    );
    const alone = await askRefusals(registry());
    const doubt = (proxy: string) => `proxy ${proxy} refuses more than its record tells: see its /status`;
    const notAll = ["n1/proxy", "n2/proxy"].map(doubt);
    assert.deepEqual(
      [alone.code, alone.stderr],
      [4, [note(), ...notAll, `not asked for all that they refuse: ${cut}`]],
    );
    const why = await runFairway(["why", "shop/bad"], withToken());
    assert.deepEqual([why.code, why.stderr], [3, [note()]]);
  });

  it("has doctor ask each for its open files and for the nodes that it reaches", async () => {
    await eventually(
      async () => {
        const found = itemsIn(await runFairway(["doctor", "-o", "json"], withToken()));
        const told = (name: string) =>
          found.filter((each) => each["name"] === name).map(({ where, level, text }) => `${level} ${where}: ${text}`);
        const files = told("open files").map((line) => line.replace(/[0-9]+ of [0-9]+/, "N of N"));
        assert.deepEqual(files, ["ok n1/proxy: N of N open files", "ok n2/proxy: N of N open files"]);
        const reach = told("reach").filter((line) => line.includes(" proxy "));
        assert.deepEqual(reach, ["ok proxy n1/proxy: reaches n2", "ok proxy n2/proxy: reaches n1"]);
      },
      { within },
    );
  });

  it("shows by history what happened on both, with how long it took, and without the token nothing, and ends with 4", async () => {
    const told = await eventually(
      async () => {
        const ran = await history("shop/db");
        assert.deepEqual([ran.code, ran.stderr.slice(0, 1)], [0, [note()]]);
        const came = ran.stdout.filter((line) => / {2}came {2,}shop\/db /.test(line));
        assert.equal(came.length, 4, ran.stdout.join("\n"));
        return ran.stdout;
      },
      { within },
    );
    assert.match(told[0] ?? "", /^TIME +PROXY +WHAT +WHOSE +TOOK +TOLD$/);
    const served =
      /^\S+Z +(n1|n2)\/proxy +(came|changed) +shop\/db n[12]-c1@n[12] +[0-9]+ ms +(came, ready|is ready, and was starting)$/;
    assert.ok(
      told.some((line) => served.test(line)),
      told.join("\n"),
    );
    const reloads = itemsIn(await history("-o", "json")).filter(({ is }) => is === "reloaded");
    assert.ok(
      reloads.some(({ text }) => text === "HAProxy reloaded: listener 7047 is new"),
      JSON.stringify(reloads),
    );
    assert.deepEqual(await runFairway(["history"], registry()), {
      code: 4,
      stdout: [],
      stderr: [note(), `not asked: ${cut}`],
    });
  });

  it("says by why --at what was so then, in the words of then, on both, with the configuration that each ran", async () => {
    const [first] = lab().nodes;
    const now = await runFairway(["why", "shop/db"], withToken());
    const [container = ""] = now.stdout;
    await runFairway(["drain", "n1-c1"], registry());
    await eventually(async () => assert.equal((await runFairway(["why", "n1-c1"], withToken())).code, 3), { within });
    await eventually(
      async () => assert.match((await history("shop/db")).stdout.join("\n"), /is draining, drained by an operator/),
      { within },
    );
    const then = await runFairway(["why", "shop/db", "--at", beganAt], withToken());
    assert.deepEqual([then.code, then.stderr], [0, [note()]]);
    const ran = then.stdout.slice(-2);
    assert.deepEqual(then.stdout, [`at ${beganAt}:`, ...now.stdout, "", ...ran]);
    for (const [at, line] of ran.entries())
      assert.match(
        line,
        new RegExp(
          `^n${at + 1}/proxy ran configuration fairway-[0-9a-f]{16} since .*Z; its text is kept in .*/journal/fairway-`,
        ),
      );
    const drained = await runFairway(["why", "n1-c1", "--at", new Date().toISOString()], withToken());
    assert.equal(drained.code, 3, drained.stdout.join("\n"));
    assert.ok(container.startsWith(`${first?.name ?? ""}-c1 `));
    await runFairway(["undrain", "n1-c1"], registry());
    const unasked = await runFairway(["why", "shop/db", "--at", "1m"], registry());
    assert.deepEqual(unasked, { code: 4, stdout: [], stderr: [note(), `not asked: ${cut}`] });
  });

  it("tells by logs, in the order of time, of connections at both, and without the token nothing, and ends with 4", async () => {
    const logs = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
      runFairway(["logs", "shop/db", ...args], env);
    const ends = async () => {
      for (const { address } of [...lab().nodes, ...lab().nodes]) await namesAt({ address, port: 7047 }, 1);
    };
    await ends();
    const lines = await eventually(
      async () => {
        const { code, stdout, stderr } = await logs(withToken(), "-o", "json");
        assert.deepEqual([code, stderr], [0, ["log of n1/proxy, n2/proxy"]]);
        const items = stdout.map((line) => JSON.parse(line) as Item);
        assert.deepEqual([...new Set(items.map(({ proxy = "" }) => proxy))].toSorted(), ["n1/proxy", "n2/proxy"]);
        assert.ok(items.length >= 4, String(items.length));
        return items.map(({ time = "" }) => time);
      },
      { within },
    );
    assert.deepEqual(lines, lines.toSorted());
    const following = startFairway(["logs", "shop/db", "-f"], withToken());
    await ends();
    const told = (proxy: string) => following.stdout().filter((line) => line.includes(`  ${proxy}  `)).length;
    await eventually(() => assert.ok(told("n1/proxy") >= 4 && told("n2/proxy") >= 4), { within });
    assert.equal(await following.interrupt(), 0);
    assert.deepEqual(await logs(registry()), { code: 4, stdout: [], stderr: [`not asked: ${cut}`] });
  });

  it("prints by top one table of both where there is no terminal, and leaves a terminal as it was at Ctrl-C", async () => {
    await eventually(
      async () => {
        const { code, stdout, stderr } = await runFairway(["top"], withToken());
        assert.deepEqual([code, stderr], [0, [note()]]);
        assert.match(stdout[0] ?? "", /^fairway top {2}\S+ {2}proxies 2 {2}services 1 {2}connections [0-9]+$/);
        assert.match(stdout[3] ?? "", /^shop\/db +2\/2( +[0-9.]+k?){6}$/);
      },
      { within },
    );
    const alone = await runFairway(["top", "--once"], registry());
    assert.deepEqual([alone.code, alone.stderr.at(-1)], [4, `not asked: ${cut}`]);
    const command = `timeout -s INT 8 ${process.execPath} ${new URL("../packages/cli/bin/fairway.js", import.meta.url).pathname} top`;
    const { PATH } = process.env;
    const { stdout: screen } = await run("script", ["-qec", command, "/dev/null"], {
      env: { PATH, TERM: "xterm", ...withToken() },
    }).catch((error: unknown) => error as { stdout: string });
    const [enter, leave] = ["\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l"];
    assert.ok(screen.startsWith(enter) && screen.trimEnd().endsWith(leave), JSON.stringify(screen.slice(-200)));
    assert.ok(screen.includes("fairway top  ") && screen.includes("shop/db"), JSON.stringify(screen));
  });
});
