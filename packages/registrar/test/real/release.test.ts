import assert from "node:assert/strict";
import type { ProgramExit } from "@fairway/program";
import { openRegistry, type RegistryClient } from "@fairway/registry";
import { type EtcdCluster, startEtcd } from "../../../registry/test/real/etcd.ts";
import { asking } from "../../../registry/test/asking.ts";
import { put } from "../../../registry/test/real/puts.ts";
import { claims } from "../../src/commands/claims.ts";
import { readReleaseQuestion, release, releaseAsked } from "../../src/commands/release.ts";

describe("releasing a claim", () => {
  let etcd: EtcdCluster;
  let client: RegistryClient;
  const { signal } = new AbortController();

  beforeEach(async () => {
    etcd = await startEtcd();
    client = openRegistry({ endpoints: etcd.endpoints, prefix: "/fairway/v1" });
    const keys = ["*/shop/6379", "*/shop/7000", "*/evil/7000", "lb/shop/db/443", "lb/shop/web/443", "*/used/80"];
    await put(client, Object.fromEntries(keys.map((key) => [`claims/${key}`, "{}"])));
    await put(client, Object.fromEntries([asking({ project: "used", ports: [80] })]));
  });

  afterEach(async () => {
    client.close();
    await etcd.remove();
  });

  const env = () => ({ ETCD_ENDPOINTS: etcd.endpoints.join(), LOG_LEVEL: "error" });
  const run = (argument?: string, options: Record<string, string | boolean> = {}) =>
    release(env(), signal, { argument, options });
  const left = async () => {
    const { stored } = await client.list([{ prefix: "claims/" }]);
    return stored.map(({ key }) => key.replace("claims/", ""));
  };

  it("takes a port's only claim away, and says whose it was", async () => {
    assert.deepEqual(await run("6379"), ["released 6379 of shop"]);
    assert.ok(!(await left()).includes("*/shop/6379"));
  });

  it("takes one of several away by its project, or by the service on a load balancer", async () => {
    assert.deepEqual(await run("7000", { project: "evil" }), ["released 7000 of evil"]);
    assert.deepEqual(await run("443@lb", { project: "shop/web" }), ["released 443@lb of shop/web"]);
    assert.deepEqual(await left(), ["*/shop/6379", "*/shop/7000", "*/used/80", "lb/shop/db/443"]);
  });

  it("takes a used one away by force alone", async () => {
    await assert.rejects(run("80"), {
      code: 3,
      lines: [
        "80 of used is in use: stop its containers, or give it up all the same with --force; if they go on, their next claim is the youngest",
      ],
    });
    assert.ok((await left()).includes("*/used/80"));
    assert.deepEqual(await run("80", { force: true }), ["released 80 of used"]);
  });

  it("takes every unused one away with --unused, as after a restore from a backup", async () => {
    assert.equal((await run(undefined, { unused: true })).length, 5);
    assert.deepEqual(await left(), ["*/used/80"]);
    assert.deepEqual(await run(undefined, { unused: true }), ["every claim is in use: nothing released"]);
  });

  for (const [given, options, line] of [
    ["9999", {}, 'nobody claims 9999; "fairway-registrar claims" lists what is claimed'],
    ["6379@lb", {}, 'nobody claims 6379@lb; "fairway-registrar claims" lists what is claimed'],
    ["6379", { project: "evil" }, "evil does not claim 6379; it is claimed by shop"],
    ["7000", {}, "7000 is claimed by evil, shop: say whose with --project"],
    ["443@lb", { project: "shop" }, "443@lb is claimed by shop/db, shop/web: say whose with --project"],
    [
      "x",
      {},
      'x is not a front port; give one such as 6379, or 6379@proxy_test for a load balancer\'s; "fairway-registrar claims" lists them',
    ],
    [
      undefined,
      {},
      'give one such as 6379, or 6379@proxy_test for a load balancer\'s; "fairway-registrar claims" lists them',
    ],
    ["6379", { unused: true, force: true }, "--unused and --force do not go together"],
  ] as const) {
    it(`says what to do next: ${given ?? "no port"} ${JSON.stringify(options)}`, async () => {
      const before = await left();
      await assert.rejects(run(given, options), { lines: [line] });
      assert.deepEqual(await left(), before);
    });
  }

  for (const [given, code] of [
    ["9999", 3],
    ["x", 2],
  ] as const) {
    it(`points to the list of the program that was asked, and ends with ${code}: ${given}`, async () => {
      const asked = async () =>
        releaseAsked(client, readReleaseQuestion({ argument: given, options: {} }, "fairway get claims"));
      await assert.rejects(asked, ({ code: ended, message }: ProgramExit) => {
        assert.deepEqual([ended, /"(fairway[^"]*)" lists/.exec(message)?.[1]], [code, "fairway get claims"]);
        return true;
      });
    });
  }

  it("takes unused ones away though they change meanwhile", async () => {
    const question = readReleaseQuestion({ argument: "6379", options: { unused: true } });
    const changing = new Proxy(client, {
      get: (target, name: keyof RegistryClient) =>
        name === "transact" ? changeBefore(target) : (target[name] as () => unknown).bind(target),
    });
    assert.deepEqual(await releaseAsked(changing, question), ["released 6379 of shop"]);
    assert.deepEqual(await releaseAsked(client, question), ["no claim: nothing released"]);
  });

  /** Writes the claim once, after it was looked at and before it is deleted. */
  const changeBefore = (target: RegistryClient): RegistryClient["transact"] => {
    return async (compares, operations) => {
      if (!changed) await put(target, { "claims/*/shop/6379": "{}" });
      changed = true;
      return target.transact(compares, operations);
    };
  };
  let changed = false;

  it("is followed by a list of what is left", async () => {
    await run(undefined, { unused: true });
    const [head, row, ...more] = await claims(env(), signal, { options: {} });
    assert.deepEqual(
      [head, row, more],
      ["PORT  HOLDER  CLAIMED       USED BY", "80    used    at some time  1 endpoint", []],
    );
  });

  it("says that the registry does not answer", async () => {
    const away = { ...env(), ETCD_ENDPOINTS: "http://127.0.0.1:1" };
    await assert.rejects(claims(away, signal, { options: {} }), ({ lines }: { lines: readonly string[] }) => {
      return lines[0]?.startsWith("ETCD_ENDPOINTS: the registry does not answer: ") ?? false;
    });
  });
});
