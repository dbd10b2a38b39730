import assert from "node:assert/strict";
import { certificateId } from "@fairway/contract";
import { LabelCertificates } from "../../src/certificates/label-certificates.ts";
import { PortLists } from "../../src/certificates/port-lists.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import { certificateIdsIn, type CertificateKeeper } from "../../src/registry/certificate-settings.ts";
import { decide, facts } from "../facts.ts";
import { given, published } from "../given.ts";
import { one } from "../../../contract/test/labels/certificates-of-nobody.ts";

const labels = { folder: "/ports", words: ["ca-file", "/clients"], isCounted: true };
const none = { ok: false, reason: "this proxy has no certificate" } as const;
const listen = [{ port: 443, ssl: true }];
const pem = `${one.certificate}\n${one.key}`;

/** A container of shop/web with a label, made in this month. */
function web(container: string, month: number, text: string | undefined, state: "ready" | "starting" = "ready") {
  const createdAt = new Date(Date.UTC(2026, month)).toISOString();
  const addresses = [published("198.18.0.12", 8000 + month)];
  const settings = text === undefined ? {} : { SSL_CERT: text };
  return { node: "node-2", container, addresses, listen, createdAt, state, settings };
}

const problem = (name: string) => `port 443 is without the certificate ${name} until its record is read again`;

describe("certificates in labels", () => {
  const records = (...endpoints: readonly ReturnType<typeof web>[]) =>
    endpoints.reduce((all, each) => all.endpoint(each), given().node("node-2").service("shop", "web"));

  it("are those of the newest container that is ready", () => {
    const given = records(web("a", 1, "old"), web("b", 2, "renewed"), web("c", 3, "not yet", "starting"));
    const [listener] = decide(given, { tls: { ...none, labels } }).listeners;
    assert.deepEqual(listener?.settings.certificates, [{ name: "SSL_CERT of shop/web", id: certificateId("renewed") }]);
    assert.deepEqual(listener?.settings.bind, ["ssl", "crt-list", "/ports/port-443/list", "ca-file", "/clients"]);
    const counting = listener?.settings.lines?.find(({ text }) => text.includes("fairway_default_certificates"));
    assert.match(counting?.text ?? "", / -f \/ports\/port-443\/names /);
  });

  it("are a guest's after the owner's on a shared port, whose default one comes first", () => {
    const ask = (container: string, port: number, settings: Readonly<Record<string, string>>) => {
      return { node: "node-2", container, addresses: [published("198.18.0.12", port)], listen, settings };
    };
    const shared = given()
      .node("node-2")
      .service("shop", "web")
      .endpoint(ask("a", 8001, { SSL_CERT: "owner" }))
      .service("shop", "zoo")
      .endpoint(ask("b", 8002, { DEFAULT_SSL_CERT: "owner's default" }))
      .service("guest", "api")
      .endpoint(ask("c", 8003, { DEFAULT_SSL_CERT: "guest" }));
    const ownership = { ...facts.ownership, shared: [{ first: 443, last: 443 }] };
    const [listener] = decide(shared, { tls: { ...none, labels }, ownership }).listeners;
    assert.deepEqual(
      listener?.settings.certificates?.map(({ name }) => name),
      ["DEFAULT_SSL_CERT of shop/zoo", "SSL_CERT of shop/web", "DEFAULT_SSL_CERT of guest/api"],
    );
  });

  it("have only their own containers served where the proxy has none, and never in plain", () => {
    const { listeners, rejections } = decide(records(web("a", 1, "its own"), web("b", 2, undefined)), {
      tls: { ...none, labels },
    });
    assert.equal(listeners[0]?.servers.length, 1);
    assert.deepEqual(
      rejections.map(({ code }) => code),
      ["no-certificate"],
    );
    assert.deepEqual(decide(records(web("a", 1, "its own")), { tls: none }).listeners, []);
  });

  it("are told of behind their own port alone, whatever a forged record calls them", () => {
    const both = [443, 444].map((port) => ({ port, ssl: true }));
    const settings = { "SSL_CERT.443": pem, "SSL_CERT.444": "bad", "SSL_CERT.4\u001b[2J": "forged", SSL_CERT: "worse" };
    const seen = records({ ...web("a", 1, undefined), listen: both, settings });
    const tls = { ok: true, bind: ["ssl"], labels } as const;
    const take = (text: string) =>
      text === pem ? ({ ok: true, id: "id" } as const) : ({ ok: false, reason: `it is ${text}` } as const);
    const { rejections } = decide(seen, { tls }, { take, has: () => true });
    assert.deepEqual(
      rejections.map(({ reason }) => reason),
      ["a: SSL_CERT.444 has no effect: it is bad"],
    );
  });

  it("are all at hand for their listeners, however many records come at once", async () => {
    const held = new LabelCertificates({ isAllowed: true });
    const cache = new RegistryCache({ certificates: held });
    held.keepUsed(() => certificateIdsIn(cache.endpoints.values()));
    // Taken long before, so not among the newest, and used by nobody until a record has it again.
    for (let at = 0; at < 64; at += 1) held.take(`${at}\n${pem}`);
    await Promise.resolve();
    const settings = { SSL_CERT: `0\n${pem}`, DEFAULT_SSL_CERT: `new\n${pem}` };
    const many = Array.from({ length: 150 }, (_, at) => web(`c${at}`, 1, `${at}\n${pem}`));
    cache.onEvent(records({ ...web("a", 1, undefined), settings }, ...many.slice(1)).listed(), 0);
    await Promise.resolve();
    const ids = [...certificateIdsIn(cache.endpoints.values())];
    assert.deepEqual([ids.length, ids.filter((id) => !held.has(id))], [151, []]);
    for (let at = 0; at < 200; at += 1) held.take(`${at} of nobody\n${pem}`);
    await Promise.resolve();
    assert.equal(held.has(certificateId(`0 of nobody\n${pem}`)), false, "those that nobody uses go");
  });

  it("are left out of a port alone, which is told, when one is not at hand", () => {
    const held = new LabelCertificates({ isAllowed: true });
    held.take(pem);
    const lists = new PortLists({ folder: "/ports", isStrict: false, labels: held });
    const follow = (...ids: readonly string[]) => {
      const certificates = ids.map((id) => ({ name: `SSL_CERT of shop/${id.slice(0, 3)}`, id }));
      return lists.follow([
        { port: 443, ssl: true, services: [], servers: [], settings: { addresses: [], bind: [], certificates } },
      ]);
    };
    const id = certificateId(pem);
    assert.equal(follow(id, "lost"), true);
    assert.deepEqual([lists.certificates.length, lists.problems], [1, [problem("SSL_CERT of shop/los")]]);
    follow("lost");
    assert.deepEqual([lists.certificates.length, lists.problems.length], [1, 1], "it keeps what it has");
    follow(id);
    assert.deepEqual(lists.problems, []);
  });

  it("stand as ids in the snapshot, and a record whose certificate is not at hand is taken in again", () => {
    const held = new Set<string>();
    const certificates: CertificateKeeper = {
      take: (text) => ({ ok: true, id: held.add(certificateId(text)) && certificateId(text) }),
      has: (id) => held.has(id),
    };
    const cache = new RegistryCache({ certificates });
    const listed = records(web("a", 1, pem)).listed();
    cache.onEvent(listed, 0);
    const text = JSON.stringify(cache.snapshot());
    assert.ok(text.includes(certificateId(pem)) && !text.includes("PRIVATE KEY"));
    const snapshot = cacheSnapshotSchema.parse(JSON.parse(text));
    const settingsIn = (next: RegistryCache) => [...next.endpoints.values()][0]?.settings;
    assert.deepEqual(settingsIn(new RegistryCache({ snapshot, certificates })), { SSL_CERT: certificateId(pem) });
    held.clear();
    const lost = new RegistryCache({ snapshot, certificates });
    assert.deepEqual(settingsIn(lost), {});
    lost.onEvent(listed, 0);
    assert.deepEqual(settingsIn(lost), { SSL_CERT: certificateId(pem) });
  });
});
