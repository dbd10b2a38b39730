import assert from "node:assert/strict";
import {
  certificateId,
  readLabels,
  readLabelledCertificate,
  readOperatorSettings,
  withoutKeys,
  withServedCertificates,
} from "@fairway/contract";
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

  it("are at most 16 of a container", () => {
    const ports = Array.from({ length: 240 }, (_, at) => 1000 + at);
    // Each is another text, and costs what a good one does.
    const text = (port: number) => onOneLine(`${port}\n${weak.certificate}\n${weak.key}\n`);
    const certificates = ports.map((port) => [`aliyun.proxy.SSL_CERT.${port}`, text(port)]);
    const listed = ports.map((port) => `${port}:443/ssl`).join(", ");
    const labels = { ...optedIn, "aliyun.proxy.TCP_PORTS": listed, ...Object.fromEntries(certificates) };
    const count = (reason: RegExp) => {
      const { rejections } = readLabels(labels, { takesCertificates: true });
      return rejections.filter((each) => each.label !== "" && reason.test(each.reason)).length;
    };
    assert.equal(count(/: ee key too small$/), 16);
    assert.equal(count(/^it has no effect: 16 certificates of a container are taken, and this is one more$/), 224);
  });

  it("are read once, also those that are refused", () => {
    const texts = Array.from({ length: 100 }, (_, at) => `read once ${at}\n${weak.certificate}\n${weak.key}`);
    const readAll = () => {
      const begun = process.cpuUsage();
      for (const text of texts) assert.equal(readLabelledCertificate("", text).ok, false);
      return process.cpuUsage(begun).user;
    };
    const [first, again] = [readAll(), readAll()];
    assert.ok(again * 10 < first, `${first} µs, then ${again} µs`);
  });

  it("are at most 16 of a record, which may be forged", () => {
    const settings = Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`SSL_CERT.${1000 + at}`, String(at)]));
    let taken = 0;
    const keyless = withoutKeys(settings, (text) => ({ ok: true, id: `${text} is number ${(taken += 1)}` }));
    assert.equal(taken, 16);
    assert.equal(Object.keys(keyless.settings).length, 16);
    const reasons = Object.values(keyless.certificateProblems ?? {});
    assert.deepEqual(
      [reasons.length, reasons[0]],
      [54, "16 certificates of a container are taken, and this is one more"],
    );
  });

  it("stand in no record whose ports do not serve them", () => {
    const settings = {
      SSL_CERT: "1",
      "SSL_CERT.80": "2",
      "SSL_CERT.443": "3",
      "SSL_CERT.x": "4",
      BALANCE: "leastconn",
    };
    const plain = { port: 80, ssl: false };
    assert.deepEqual(withServedCertificates(settings, [plain]), { BALANCE: "leastconn" });
    const served = { SSL_CERT: "1", "SSL_CERT.443": "3", BALANCE: "leastconn" };
    assert.deepEqual(withServedCertificates(settings, [plain, { port: 443, ssl: true }]), served);
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
    assert.deepEqual(certificateProblems, { DEFAULT_SSL_CERT: "it is none" });
    assert.match(certificateId(pem), /^[0-9a-f]{64}$/);
  });
});
