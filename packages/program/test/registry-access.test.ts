import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import type { AccessSettings } from "@fairway/contract";
import { ProgramExit, registryBySettings } from "@fairway/program";

const directory = mkdtempSync(join(tmpdir(), "fairway-access-"));
const noPem = join(directory, "no.pem");
writeFileSync(noPem, "not a certificate");

const bare: AccessSettings = {
  etcdPrefix: "/fairway/v1",
  etcdCaFile: undefined,
  etcdCertFile: undefined,
  etcdKeyFile: undefined,
  etcdUsername: undefined,
  etcdPassword: undefined,
  etcdPasswordFile: undefined,
  etcdProxy: "off",
};

describe("registryBySettings", () => {
  after(() => rmSync(directory, { recursive: true }));

  for (const [title, settings, endpoints, words] of [
    [
      "a file that is not there",
      { etcdCaFile: "/nowhere/ca.pem" },
      ["https://etcd:2379"],
      /^ETCD_CA_FILE \(15 characters\): must be the path of a file that can be read: ENOENT$/,
    ],
    ["a certificate without its key", { etcdCertFile: noPem }, ["https://etcd:2379"], /ETCD_KEY_FILE: .* private key$/],
    [
      "a certificate that is none",
      { etcdCertFile: noPem, etcdKeyFile: noPem },
      ["https://etcd:2379"],
      /ETCD_CERT_FILE, ETCD_KEY_FILE: .*PEM/,
    ],
    ["http beside https", {}, ["http://etcd-1:2379", "https://etcd-2:2379"], /^ETCD_ENDPOINTS, .*mix of secure/],
  ] as const) {
    it(`names the settings of ${title} in one line`, () => {
      assert.throws(
        () => registryBySettings({ ...bare, ...settings }, endpoints),
        (error) => {
          assert.ok(error instanceof ProgramExit);
          assert.deepEqual([error.code, error.lines.length], [2, 1]);
          assert.match(error.lines[0] ?? "", words);
          return true;
        },
      );
    });
  }
});
