import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startChild, until } from "@fairway/standalone";
import { makeCertificate, pemOf, type Made } from "../packages/proxy-agent/test/real/kit/certificates.ts";
import { shownAt, issuerOf } from "./certificate-shown.ts";
import { agentStatus, composeLabels, eventually, namedRedis, proxyLabels, useLab } from "./lab/index.ts";
import type { LabNode } from "./lab/index.ts";

const page = readFileSync(new URL("../docs/tls.md", import.meta.url), "utf8");
const host = "shop.example.com";
const soon = { within: 30_000 };

/** The commands of the page that begin with a word, over all of their lines, without comments. */
function recipes(program: string): readonly string[] {
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = ""]) => block.replaceAll("\\\n", ""));
  const commands = blocks.flatMap((block) => block.match(new RegExp(`^${program} (?:'[^']*'|[^#\n'])+`, "gm")) ?? []);
  return commands.map((command) => command.trim());
}

/** A line of a key that stands nowhere else. */
function secretOf({ key }: Made): string {
  return key.split("\n")[1] ?? "";
}

describe("a proxy with TLS", () => {
  const lab = useLab({ agents: false, registrars: { ALLOW_CERT_LABELS: "true", LOG_LEVEL: "debug" } });
  const node = (): LabNode => lab().node(1);
  const path = (...names: readonly string[]) => join(lab().directory, ...names);

  before(async () => {
    const labels = { ...composeLabels("shop", "web"), ...proxyLabels("6380:6379/ssl") };
    await node().runContainer({ name: "shop_web_1", labels, command: namedRedis("web") });
  });

  afterEach(() => node().agent.stop());

  /** HAProxy's worker, once the agent is in step with it. */
  const workerPid = async () => {
    await eventually(async () => assert.equal((await node().agent.admin("/readyz")).status, 200), soon);
    return (await agentStatus(node().agent)).haproxy?.pid;
  };

  /** Resolves once clients of a port are shown a certificate that fits. */
  const shows = (fits: (pem: string) => boolean, port = 6380) =>
    eventually(async () => assert.ok(fits(await shownAt(node().address, port, host))), soon);

  describe("and an authority beside it", () => {
    let environment: readonly string[];

    before(async () => {
      const own = await makeCertificate("localhost");
      await writeFile(path("pebble.crt"), own.certificate);
      await writeFile(path("pebble.key"), own.key);
      const files = { certificate: path("pebble.crt"), privateKey: path("pebble.key") };
      const listens = { listenAddress: "127.0.0.1:14000", managementListenAddress: "127.0.0.1:15000" };
      const config = { pebble: { ...files, ...listens, httpPort: 80, tlsPort: 443 } };
      await writeFile(path("pebble.json"), JSON.stringify(config));
      const start = (name: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
        startChild({ name, command: [...node().wrapper, name, ...args], env, logFile: path(`${name}.log`) });
      const none = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""];
      start("pebble-challtestsrv", {}, "-dns01", "127.0.0.1:8053", "-management", "127.0.0.1:8055", ...none);
      const quick = { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" };
      start("pebble", quick, "-config", path("pebble.json"), "-dnsserver", "127.0.0.1:8053");
      const listening = () =>
        node()
          .run("sh", "-c", "ss -Hltn sport = :14000")
          .then((text) => text !== "");
      await until(listening, { what: "pebble", withinMs: 20_000 });
      // In a lab only the lab sees what is mounted there.
      await node().run("mount", "-t", "tmpfs", "letsencrypt", "/etc/letsencrypt");
      const answers = [
        "server = https://localhost:14000/dir",
        "email = you@example.com",
        "agree-tos = true",
        "non-interactive = true",
        `work-dir = ${path("certbot-work")}`,
        `logs-dir = ${path("certbot-logs")}`,
      ].join("\n");
      await node().run("sh", "-c", 'printf "%s\n" "$0" > /etc/letsencrypt/cli.ini', answers);
      environment = [`REQUESTS_CA_BUNDLE=${path("pebble.crt")}`, `LEGO_CA_CERTIFICATES=${path("pebble.crt")}`];
    });

    const enter = (command: string) => node().run("env", ...environment, "sh", "-ec", command);
    const ofPebble = (pem: string) => issuerOf(pem).startsWith("CN=Pebble Intermediate");

    it("serves what certbot writes, by the page's commands, and what it renews, with the same worker", async () => {
      const [first = "", withHook = ""] = recipes("certbot");
      await enter(first);
      await node().agent.start({ CERT_FOLDER: "/etc/letsencrypt/live" });
      await shows(ofPebble);
      const before = await shownAt(node().address, 6380, host);
      const worker = await workerPid();
      await enter("certbot renew --force-renewal --no-random-sleep-on-renew");
      await shows((pem) => ofPebble(pem) && pem !== before);
      assert.equal(await workerPid(), worker);
      await node().agent.stop();
      const copies = path("copies");
      await enter(`${withHook.replaceAll("/etc/fairway/certificates", copies)} --force-renewal`);
      const { uid, mode } = await stat(join(copies, `${host}.pem`));
      assert.deepEqual([uid, mode & 0o777], [10001, 0o600]);
      await node().agent.start({ CERT_FOLDER: copies });
      await shows(ofPebble);
    });

    it("serves what lego writes, by the page's commands, and what it renews, with the same worker", async () => {
      const [run = "", renew = ""] = recipes("lego").map((command) =>
        command
          .replace("lego ", "lego --server https://localhost:14000/dir ")
          .replaceAll("/var/lib/lego", path("lego"))
          .replace(/ renew$/, " renew --days 4000 --no-random-sleep"),
      );
      await enter(run);
      await node().agent.start({ CERT_FOLDER: path("lego", "certificates") });
      await shows(ofPebble);
      const before = await shownAt(node().address, 6380, host);
      const worker = await workerPid();
      await enter(renew);
      await shows((pem) => ofPebble(pem) && pem !== before);
      assert.equal(await workerPid(), worker);
    });
  });

  it("has private keys where they were put, in its own files and a label's in etcd, and nowhere else", async () => {
    const hosts = ["own.example", "label.example", "mixed.example", "client.example", "server.example"];
    const made = await Promise.all(hosts.map((each) => makeCertificate(each)));
    const [own, labelled, mixed, clients, servers] = made;
    assert.ok(own && labelled && mixed && clients && servers);
    await mkdir(path("keys"));
    await mkdir(path("authorities"));
    await writeFile(path("keys", "own.pem"), pemOf(own));
    // Somebody gave their key along.
    await writeFile(path("authorities", "servers.pem"), pemOf(servers));
    await node().agent.start({
      CERT_FOLDER: path("keys"),
      CA_CERT: pemOf(clients).replaceAll("\n", "\\n"),
      SERVER_CA_FOLDER: path("authorities"),
      ALLOW_CERT_LABELS: "true",
      LOG_LEVEL: "debug",
    });
    const label = (pem: string) => ({ "aliyun.proxy.SSL_CERT": pem.replaceAll("\n", "\\n") });
    const labels = { ...composeLabels("shop", "keys"), ...proxyLabels("6390:6379/ssl"), ...label(pemOf(labelled)) };
    await node().runContainer({ name: "shop_keys_1", labels });
    const bad = { ...labels, ...proxyLabels("6391:6379/ssl"), ...label(labelled.certificate + mixed.key) };
    const verified = { "aliyun.proxy.SERVER_TLS": "verify" };
    await node().runContainer({ name: "shop_keys_2", labels: { ...bad, ...verified } });
    const mine = { cert: clients.certificate, key: clients.key };
    await eventually(async () => {
      assert.equal(await shownAt(node().address, 6390, "label.example", mine), labelled.certificate);
      assert.equal(await shownAt(node().address, 6380, "own.example", mine), own.certificate);
    }, soon);

    const told = await Promise.all([
      node().agent.log(),
      node().registrar.log(),
      ...["/status", "/metrics", "/readyz"].flatMap((each) => [node().agent.admin(each), node().registrar.admin(each)]),
    ]);
    const dump = JSON.parse(await lab().etcd.ctl("get", "", "--prefix", "--write-out", "json")) as {
      readonly kvs: readonly { readonly key: string; readonly value: string }[];
    };
    const stored = dump.kvs.map((each) => [each.key, each.value].map((text) => Buffer.from(text, "base64").toString()));
    const foundIn = async (secret: string, ...where: readonly string[]) => {
      await writeFile(path("secret"), secret);
      // In a file, as a process has its arguments for all to see.
      const grep = await node().run("sh", "-c", 'grep -rlsFf "$0" "$@" || true', path("secret"), ...where);
      return grep.split("\n").filter((each) => each !== "" && each !== path("secret"));
    };
    const expected: readonly (readonly [Made, readonly string[], string])[] = [
      [own, [path("keys", "own.pem"), join(node().stateDir, "certificates/default.pem")], ""],
      [labelled, [join(node().stateDir, "port-certificates/port-6390/default.pem")], "endpoints/shop/keys/6379/"],
      [mixed, [], ""],
      [clients, [], ""],
      [servers, [path("authorities", "servers.pem")], ""],
    ];
    for (const [certificate, files, record] of expected) {
      const secret = secretOf(certificate);
      assert.ok(!JSON.stringify(told).includes(secret));
      const records = stored.filter((each) => each.join().includes(secret)).map(([key = ""]) => key);
      assert.equal(records.length, record === "" ? 0 : 1);
      assert.ok(records.every((key) => key.includes(record)));
      const found = await foundIn(secret, lab().directory);
      assert.deepEqual(found.filter((each) => !each.includes("/etcd-")).toSorted(), [...files].toSorted());
      const own = files.filter((file) => file.startsWith(node().stateDir));
      for (const file of own) assert.equal((await stat(file)).mode & 0o777, 0o600);
    }
    for (const certificate of made) {
      const pids = "for p in $(pgrep haproxy); do echo /proc/$p/environ /proc/$p/cmdline; done";
      const files = (await node().run("sh", "-c", pids)).split(/\s+/).filter((each) => each !== "");
      // Master and worker.
      assert.ok(files.length >= 4, files.join());
      assert.deepEqual(await foundIn(secretOf(certificate), ...files), []);
    }
  });
});
