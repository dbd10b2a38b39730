import assert from "node:assert/strict";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistry } from "@fairway/registry";
import { run } from "@fairway/standalone";
import { startEtcd, type EtcdCluster } from "../../../registry/test/real/etcd.ts";
import { given, published } from "../given.ts";
import { agentHome, ready, up, type AgentHome } from "./kit/agent-process.ts";
import { allWhoAnswer, eventually, whoAnswers } from "./kit/client.ts";
import { echoServer } from "./kit/echo-server.ts";
import { freePorts } from "../../../../test/free-ports.ts";

const selfSigned = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=late".split(" ");
const away = { ETCD_ENDPOINTS: "http://127.0.0.1:1" };

describe("what the proxy agent refuses to start with", () => {
  let home: AgentHome;

  beforeEach(async () => {
    home = await agentHome();
  });

  afterEach(() => home.clear());

  for (const [name, value] of [
    ["EXTRA_GLOBAL_SETTINGS", "nonsense"],
    ["EXTRA_DEFAULT_SETTINGS", "retries 2,nonsense"],
    ["OPTION", "nonsense"],
    ["TIMEOUT", "connect soon"],
    ["BALANCE", "nonsense"],
    ["EXTRA_BIND_SETTINGS", "6379:nonsense"],
    ["ADDITIONAL_BACKEND_web", "mode tcp,nonsense"],
    ["HEALTH_CHECK", "nonsense"],
  ] as const) {
    it(`${name}="${value}", which HAProxy refuses: exit 2, naming the variable`, async () => {
      const { code, output } = await home.start({ ...away, [name]: value }).ended;
      assert.equal(code, 2, output);
      assert.match(output, new RegExp(`^(\\S+ or )?${name}( or \\S+)?: `, "m"));
    });
  }

  it("bad values: exit 2 with all of them at once", async () => {
    const { code, output } = await home.start({ ...away, MAXCONN: "many", STATS_PORT: "0" }).ended;
    assert.deepEqual([code, output.trim().split("\n").length], [2, 2], output);
  });

  it("what may not do what is meant is no refusal: the log and the status hint at it", async () => {
    const run = home.start({ ...away, COMPOSE_PROJECT_NAME: "MyApp", BALANCE: "uri" });
    await up(home);
    const hints = [/^COMPOSE_PROJECT_NAME: .* but of myapp$/, /^BALANCE: with uri each new server is a reload/];
    const { notes } = await home.status();
    const lines = run.output().match(/(?<="slip":")[^"]+/g) ?? [];
    for (const hint of hints) {
      assert.equal(notes.filter((note) => hint.test(note)).length, 1, JSON.stringify(notes));
      assert.equal(lines.filter((line) => hint.test(line)).length, 1, run.output());
    }
  });

  it("a file of the operator's text that is not there yet is no refusal: it is waited for, and served", async () => {
    const [port = 0] = await freePorts(1);
    const file = join(home.directory, "late.pem");
    const late = home.start({ ...away, EXTRA_BIND_SETTINGS: `${port}:ssl crt ${file}` });
    await eventually(
      "it waits",
      async () => late.output().includes("waiting for files that are not there yet"),
      30_000,
    );
    assert.match(late.output(), new RegExp(`"files":\\["EXTRA_BIND_SETTINGS \\(${file.length} characters\\)"\\]`));
    await run(["openssl", ...selfSigned, "-keyout", `${file}.key`, "-out", `${file}.crt`]);
    await writeFile(`${file}.new`, (await readFile(`${file}.key`, "utf8")) + (await readFile(`${file}.crt`, "utf8")));
    await rename(`${file}.new`, file);
    await up(home);
  });

  it("another agent on its STATE_DIR: exit 2", async () => {
    home.start(away);
    await up(home);
    const { code, output } = await home.start(away).ended;
    assert.equal(code, 2);
    assert.match(output, /another agent is using it/);
  });
});

describe("an agent whose settings HAProxy refuses while it runs", () => {
  let etcd: EtcdCluster;
  let home: AgentHome;

  before(async () => {
    [etcd, home] = await Promise.all([startEtcd(), agentHome()]);
  });

  after(async () => {
    await home.clear();
    await etcd.remove();
  });

  it("goes on with those accepted before, and follows endpoints", async () => {
    const [port = 0] = await freePorts(1);
    const echoes = await Promise.all(["a", "b"].map(echoServer));
    const client = openRegistry({ endpoints: etcd.endpoints, prefix: "/fairway/v1" });
    const put = async (count: number) => {
      const records = echoes.slice(0, count).reduce(
        (all, echo) => {
          const addresses = [published("127.0.0.1", echo.port)];
          return all.endpoint({ container: echo.name, node: "node-1", addresses, listen: [{ port, ssl: false }] });
        },
        given().node("node-1", { address: "127.0.0.1" }).service("shop", "db"),
      );
      await client.transact(
        [],
        records.stored.map(({ key, value }) => ({ type: "put", key, value })),
      );
    };
    const env = { ETCD_ENDPOINTS: etcd.endpoints.join(",") };
    await put(1);
    const first = home.start(env);
    await ready(home);
    await first.kill("SIGTERM");
    home.start({ ...env, EXTRA_DEFAULT_SETTINGS: "nonsense" });
    await ready(home);
    assert.match((await home.status()).lastError ?? "", /EXTRA_DEFAULT_SETTINGS: .*nonsense/);
    assert.equal(await whoAnswers(port), "a");
    await put(2);
    await eventually("both answer", async () => (await allWhoAnswer(port)).join() === "a,b");
    client.close();
    await Promise.all(echoes.map((echo) => echo.close()));
  });
});
