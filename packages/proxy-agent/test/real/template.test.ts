import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInTemplate } from "@fairway/haproxy";
import { chooseTemplate } from "../../src/config/own-template.ts";
import { sectionsOf } from "../../src/config/sections.ts";
import { facts, proxySettings } from "../facts.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { given, published } from "../given.ts";
import { agentHome, ready, type AgentHome } from "./kit/agent-process.ts";
import { allWhoAnswer, eventually, whoAnswers } from "./kit/client.ts";
import { logTo, type LogLine } from "./kit/log-lines.ts";
import { openRegistryStage, type RegistryStage } from "./kit/registry-stage.ts";
import { proxyOptions } from "./kit/stage.ts";

describe("HAPROXY_TEMPLATE: a template of the operator's", () => {
  let directory: string;
  let lines: LogLine[];
  const own = builtInTemplate().replace("defaults\n", "# mine\nuserlist mine\n\ndefaults\n");

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-template-"));
  });
  beforeEach(() => (lines = []));
  after(() => rm(directory, { recursive: true }));

  const at = (name: string) => join(directory, name);

  async function choose(text: string | undefined) {
    const file = at("mine.mustache");
    await rm(file, { force: true });
    if (text !== undefined) await writeFile(file, text);
    const { settings, env } = proxyOptions(directory);
    const monitor = { port: 8080, uri: "/up" };
    const { sections } = sectionsOf({ ...proxySettings, socket: at("haproxy.sock"), monitor }, () => true);
    const check = { bin: settings.haproxyBin, env, stateDir: directory, signal: new AbortController().signal };
    return chooseTemplate({ file, kept: at("template.mustache"), facts, sections, check, log: logTo(lines) });
  }

  /** What is wrong with a template, and what it says in one line. */
  const bad: readonly (readonly [string, string | undefined, RegExp])[] = [
    ["is not there", undefined, /^HAPROXY_TEMPLATE: ENOENT: /],
    ["is no mustache", `${own}{{#listeners}}`, /^HAPROXY_TEMPLATE: Unclosed section "listeners" at \d+; /],
    ["escapes what it is given", own.replaceAll("{{{.}}}", "{{.}}"), /it leaves out lines of \{\{#global\}\}: /],
    [
      "has no stats socket",
      own.replaceAll("{{#global}}", "{{#nothing}}").replace("{{/global}}", "{{/nothing}}"),
      /#global/,
    ],
    ["has no page for HAProxy's health", own.replace(/\{\{#monitor\}\}[^]*\{\{\/monitor\}\}/, ""), /\{\{#monitor\}\}/],
    ["has no servers", own.replace(/\{\{#servers\}\}[^]*\{\{\/servers\}\}/, ""), /\{\{#listeners\}\}/],
    ["is refused by HAProxy", own.replace("userlist mine", "usrlist mine"), /HAProxy refuses .*usrlist/],
  ];

  for (const [title, text, said] of bad) {
    it(`that ${title} is told in one line, and the built-in one serves`, async () => {
      const { template, refusal = "" } = await choose(text);
      assert.equal(template, builtInTemplate());
      assert.match(refusal, said);
      assert.match(refusal, /; the built-in one is used$/);
      assert.ok(!refusal.includes("\n"), refusal);
      assert.deepEqual(
        lines.map(({ msg }) => msg),
        ["template refused"],
      );
    });
  }

  it("that is good is used and kept, and serves on where a later one is bad", async () => {
    assert.deepEqual(await choose(own), { template: own, refusal: undefined });
    assert.equal(await readFile(at("template.mustache"), "utf8"), own);
    const { template, refusal = "" } = await choose("global\n");
    assert.equal(template, own);
    assert.match(refusal, /; the last one that was accepted is used$/);
  });
});

describe("a proxy agent with a template of the operator's", () => {
  let stage: RegistryStage;
  let home: AgentHome;

  before(async () => {
    [stage, home] = await Promise.all([openRegistryStage(["a", "b"]), agentHome()]);
  });

  after(async () => {
    await home.clear();
    await stage.close();
  });

  it("writes haproxy.cfg by it, and by the same when it is broken at the next start", async () => {
    const [port = 0] = await freePorts(1);
    const put = (...names: readonly string[]) =>
      stage.put(
        names.reduce(
          (all, container) => {
            const addresses = [published("127.0.0.1", stage.echo(container).port)];
            return all.endpoint({ node: "node-1", container, addresses, listen: [{ port, ssl: false }] });
          },
          given().service("shop", "db").node("node-1", { address: "127.0.0.1" }),
        ),
      );
    const template = join(home.directory, "mine.mustache");
    const env = { ...stage.env, HAPROXY_TEMPLATE: template };
    await writeFile(template, builtInTemplate().replace("global\n", "# mine\nglobal\n"));
    const first = home.start(env);
    await put("a");
    await ready(home);
    await eventually("a answers", async () => (await whoAnswers(port)) === "a");
    const master = await home.masterPid();
    await first.kill("SIGTERM");
    await writeFile(template, "global\n");
    home.start(env);
    await ready(home);
    await put("a", "b");
    await eventually("both answer", async () => (await allWhoAnswer(port)).join() === "a,b");
    assert.match(await readFile(join(home.directory, "haproxy.cfg"), "utf8"), /^# mine$/m);
    assert.equal(await home.masterPid(), master);
    const { notes } = await home.status();
    assert.match(notes.join("\n"), /^HAPROXY_TEMPLATE: it leaves out .*; the last one that was accepted is used$/m);
  });
});
