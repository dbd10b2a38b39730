import assert from "node:assert/strict";
import type { SourceReading } from "../../src/certificates/certificate-sources.ts";
import { chooseCertificates, tellEnded, warnOfEnds } from "../../src/certificates/choose-certificates.ts";
import type { CertificateOutcome, ServerCertificate } from "@fairway/contract";

const day = 24 * 3600 * 1000;
const now = Date.parse("2026-05-01T00:00:00Z");

function certificate(name: string, pem = "1", days = 90): ServerCertificate {
  return { name, pem, fingerprint: `${name} ${pem}`, hosts: [], expiresAt: now + days * day };
}

const good = (...args: Parameters<typeof certificate>): CertificateOutcome => {
  return { ok: true, certificate: certificate(...args) };
};
const bad = (name: string, reason = "holds no private key"): CertificateOutcome => ({ ok: false, name, reason });
const found = (...outcomes: readonly CertificateOutcome[]): SourceReading => ({ ok: true, outcomes });
const gone: SourceReading = { ok: false, reason: "ENOENT" };

describe("certificates that are served", () => {
  const rows: readonly (readonly [
    title: string,
    reading: SourceReading,
    held: readonly ServerCertificate[],
    serve: readonly string[],
    problems: readonly string[],
  ])[] = [
    ["are all that are there, by name", found(good("a.pem"), good("b.pem")), [], ["a.pem 1", "b.pem 1"], []],
    [
      "begin with the one called default",
      found(good("a.pem"), good("default.pem")),
      [],
      ["default.pem 1", "a.pem 1"],
      [],
    ],
    ["begin with DEFAULT_SSL_CERT", found(good("A"), good("DEFAULT_SSL_CERT")), [], ["DEFAULT_SSL_CERT 1", "A 1"], []],
    ["are renewed", found(good("a.pem", "2")), [certificate("a.pem")], ["a.pem 2"], []],
    ["go when others are left", found(good("a.pem")), [certificate("a.pem"), certificate("b.pem")], ["a.pem 1"], []],
    [
      "are not without those that can be used, when others cannot",
      found(good("a.pem"), bad("b.pem")),
      [],
      ["a.pem 1"],
      ["b.pem: holds no private key"],
    ],
    [
      "stay while their renewal cannot be used",
      found(bad("a.pem")),
      [certificate("a.pem")],
      ["a.pem 1"],
      ["a.pem: holds no private key; the one that it had is served still"],
    ],
    ["do not begin expired", found(good("a.pem", "1", -1)), [], [], ["a.pem: expired on 2026-04-30"]],
    [
      "stay when they expire",
      found(good("a.pem", "1", -1)),
      [certificate("a.pem", "1", -1)],
      ["a.pem 1"],
      ["a.pem: expired on 2026-04-30; the one that it had is served still"],
    ],
    [
      "stay when the folder cannot be read",
      gone,
      [certificate("a.pem")],
      ["a.pem 1"],
      ["certificates cannot be read: ENOENT; those that were there are served still"],
    ],
    ["are none where there never was one", gone, [], [], ["certificates cannot be read: ENOENT"]],
    [
      "stay when none is left",
      found(),
      [certificate("a.pem")],
      ["a.pem 1"],
      ["no certificate is left; those that were there are served still"],
    ],
    [
      "name nobody's control characters",
      found(bad("a\u001b[2J.pem")),
      [],
      [],
      ["a\\u{1b}[2J.pem: holds no private key"],
    ],
  ];
  for (const [title, reading, held, serve, problems] of rows) {
    it(title, () => {
      const choice = chooseCertificates(reading, held, now);
      assert.deepEqual(
        choice.serve.map(({ fingerprint }) => fingerprint),
        serve,
      );
      assert.deepEqual(choice.problems, problems);
    });
  }

  it("are told 14 days before they expire", () => {
    const served = [certificate("a.pem", "1", 13), certificate("b.pem", "1", 15), certificate("c.pem", "1", -1)];
    assert.deepEqual(warnOfEnds(served, now), ["a.pem: expires on 2026-05-14"]);
    assert.deepEqual(tellEnded(served, now), ["c.pem: expired on 2026-04-30; it is served all the same"]);
  });
});
