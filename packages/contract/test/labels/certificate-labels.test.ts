import assert from "node:assert/strict";
import { certificateId, readLabels, readOperatorSettings, withoutKeys } from "@fairway/contract";
import { one, other, weak } from "./certificates-of-nobody.ts";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "443/ssl" };
const pem = `${one.certificate}\n${one.key}`;
/** As labels have it. */
const onOneLine = (text: string) => text.replaceAll("\n", "\\n");

const read = (name: string, text: string) =>
  readLabels({ ...optedIn, [`aliyun.proxy.${name}`]: text }, { takesCertificates: true });

describe("certificates in labels, with ALLOW_CERT_LABELS", () => {
  for (const name of ["SSL_CERT", "DEFAULT_SSL_CERT", "ssl-cert"]) {
    it(`are taken from ${name}, on one line, as PEM and nothing else`, () => {
      for (const text of [pem, `notes before\n${pem}\n`].map(onOneLine)) {
        const { settings, rejections } = read(name, text);
        assert.deepEqual(settings, { [name.toUpperCase().replace("-", "_")]: pem });
        assert.deepEqual(rejections, []);
      }
    });
  }

  const rows: readonly (readonly [title: string, text: string, reason: string])[] = [
    ["no PEM", "nonsense", "holds no certificate (PEM)"],
    ["no key", one.certificate, "holds no private key"],
    ["another's key", one.certificate + other.key, "its private key belongs to another certificate"],
    ["a broken certificate", pem.replace("MI", "!!"), "its certificate number 1 cannot be read"],
    ["a weak key", `${weak.certificate}\n${weak.key}`, "OpenSSL does not serve it: ee key too small"],
    [
      "very long ones",
      pem + " ".repeat(15_000),
      `it has ${onOneLine(pem).length + 15_000} characters: 15000 are allowed`,
    ],
    ["many blocks", "-----BEGIN X-----\n".repeat(13), "it holds 13 blocks of PEM: 12 are allowed"],
  ];
  for (const [title, lines, reason] of rows) {
    it(`are refused alone, with a reason and without their text, where they hold ${title}`, () => {
      const text = onOneLine(lines);
      const { ports, settings, rejections } = read("SSL_CERT", text);
      assert.deepEqual(settings, {});
      assert.equal(ports.size, 1);
      assert.deepEqual(rejections, [
        {
          code: "setting-not-valid",
          severity: "refused",
          label: "aliyun.proxy.SSL_CERT",
          valueLength: text.length,
          reason: `it has no effect: ${reason}`,
        },
      ]);
    });
  }

  it("may be for one of several ports", () => {
    const { settings } = read("SSL_CERT.443", onOneLine(pem));
    assert.deepEqual(settings, { "SSL_CERT.443": pem });
    assert.deepEqual(withoutKeys(settings).settings, { "SSL_CERT.443": certificateId(pem) });
    const refused = readLabels({ ...optedIn, "aliyun.proxy.SSL_CERT.443": onOneLine(pem) });
    assert.deepEqual([refused.settings, refused.rejections[0]?.code], [{}, "key-in-label"]);
  });

  it("are no setting of an operator, whose record would hold a key", () => {
    const { settings, problems } = readOperatorSettings({ SSL_CERT: pem });
    assert.deepEqual(settings, {});
    assert.match(problems.join(), /^SSL_CERT: it is none of the settings of a service/);
  });

  it("have an id in their place wherever no key may be", () => {
    const record = { SSL_CERT: pem, DEFAULT_SSL_CERT: "nonsense", BALANCE: "leastconn" };
    const { settings, certificateProblems } = withoutKeys(record, (text) =>
      text === pem ? { ok: true, id: certificateId(text) } : { ok: false, reason: "it is none" },
    );
    assert.deepEqual(settings, { SSL_CERT: certificateId(pem), BALANCE: "leastconn" });
    assert.deepEqual(certificateProblems, ["DEFAULT_SSL_CERT has no effect: it is none"]);
    assert.match(certificateId(pem), /^[0-9a-f]{64}$/);
  });
});
