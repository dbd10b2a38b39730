import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { agentSettings } from "@fairway/contract";
import { ProgramExit, readSettingsOrExit } from "@fairway/program";

const directory = mkdtempSync(join(tmpdir(), "fairway-setting-"));
const password = "me:S3cret-of-a-file";
const written = join(directory, "stats-auth");
writeFileSync(written, `${password}\n`);
const nonsense = join(directory, "nonsense");
writeFileSync(nonsense, "just-a-password\n");

const read = (env: NodeJS.ProcessEnv) => readSettingsOrExit("fairway-proxy-agent", agentSettings, env).settings;

describe("a secret in a file", () => {
  after(() => rmSync(directory, { recursive: true }));

  for (const [title, env, value] of [
    ["is read without the end of its line", { STATS_AUTH_FILE: written }, password],
    ["wins over the variable", { STATS_AUTH: "other:one", STATS_AUTH_FILE: written }, password],
    ["is not looked for where its name is empty", { STATS_AUTH: "other:one", STATS_AUTH_FILE: " " }, "other:one"],
  ] as const) {
    it(title, () => assert.equal(read(env).statsAuth, value));
  }

  it("is a certificate too", () => {
    writeFileSync(join(directory, "pem"), "-----BEGIN X-----\nAAAA\n-----END X-----\n");
    const { defaultCertificate } = read({ DEFAULT_SSL_CERT_FILE: join(directory, "pem") });
    assert.equal(defaultCertificate, "-----BEGIN X-----\nAAAA\n-----END X-----");
  });

  it("stops the program with one line for each that cannot be read or is none, which repeats nothing of it", () => {
    const env = { STATS_AUTH_FILE: nonsense, DEFAULT_SSL_CERT_FILE: "S3cret-in-place-of-a-path" };
    assert.throws(
      () => read(env),
      (error) => {
        assert.ok(error instanceof ProgramExit);
        assert.deepEqual(error.lines, [
          "DEFAULT_SSL_CERT_FILE (25 characters): must be the path of a file that can be read: ENOENT",
          "STATS_AUTH (15 characters): must be user:password",
        ]);
        return true;
      },
    );
  });
});
