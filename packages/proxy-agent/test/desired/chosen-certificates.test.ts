import assert from "node:assert/strict";
import { certificateId } from "@fairway/contract";
import { RegistryCache } from "../../src/registry/cache.ts";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import type { CertificateKeeper } from "../../src/registry/certificate-settings.ts";
import { decide } from "../facts.ts";
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
