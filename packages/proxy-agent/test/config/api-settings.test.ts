import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ProgramExit } from "@fairway/program";
import { readApiAccess } from "../../src/config/api-access.ts";
import { apiAddressOf } from "../../src/config/api-address.ts";
import { settingsOrExit } from "../../src/config/settings.ts";

const files = { API_CERT_FILE: "/c", API_KEY_FILE: "/k", API_TOKEN_FILE: "/t" };

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    settingsOrExit(env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ProgramExit);
    return error.lines;
  }
}

describe("API_LISTEN", () => {
  const wanted = "API_CERT_FILE, API_KEY_FILE, API_TOKEN_FILE";
  const rows: readonly (readonly [env: Readonly<Record<string, string>>, problems: readonly string[]])[] = [
    [{}, []],
    [files, []],
    [{ API_LISTEN: "127.0.0.1:7382" }, []],
    [{ API_LISTEN: "[::1]:7382", API_TOKEN_FILE: "/t" }, []],
    [{ API_LISTEN: "localhost:7382" }, []],
    [{ API_LISTEN: ":7382", ...files }, []],
    [{ API_LISTEN: ":7382" }, [`API_LISTEN="[::]:7382": wants ${wanted} beside it, as it is not on loopback`]],
    [
      { API_LISTEN: "198.18.0.1:7382", API_CERT_FILE: "/c", API_KEY_FILE: "/k" },
      ['API_LISTEN="198.18.0.1:7382": wants API_TOKEN_FILE beside it, as it is not on loopback'],
    ],
    [
      { API_LISTEN: "127.0.0.1:7382", API_CERT_FILE: "/c" },
      ['API_LISTEN="127.0.0.1:7382": wants both of API_CERT_FILE and API_KEY_FILE, or none'],
    ],
    [
      { API_LISTEN: "127.0.0.1:7381" },
      ['API_LISTEN="127.0.0.1:7381": must have a port of its own, which ADMIN_LISTEN has'],
    ],
    [
      { API_LISTEN: "127.0.0.1:9101", METRICS_LISTEN: ":9101" },
      ['API_LISTEN="127.0.0.1:9101": must have a port of its own, which METRICS_LISTEN has'],
    ],
  ];
  for (const [env, problems] of rows) {
    it(`is held to its rules: ${JSON.stringify(env)}`, () => assert.deepEqual(problemsOf(env), problems));
  }

  const told: readonly (readonly [host: string, node: string | undefined, ip: string | undefined])[] = [
    ["198.18.0.1", "198.18.0.9", "198.18.0.1"],
    ["::", "198.18.0.9", "198.18.0.9"],
    ["0.0.0.0", "2001:db8::9", "2001:db8::9"],
    ["node-1.lan", "198.18.0.9", "198.18.0.9"],
    ["::", undefined, undefined],
    ["::", "not an address", undefined],
    ["::", "127.0.0.1", undefined],
    ["127.0.0.1", "198.18.0.9", undefined],
    ["localhost", "198.18.0.9", undefined],
    ["::1", "198.18.0.9", undefined],
  ];
  for (const [host, node, ip] of told) {
    it(`at ${host} on a node at ${node} is told to others as ${ip}`, () => {
      assert.deepEqual(apiAddressOf({ host, port: 7382 }, node), ip === undefined ? undefined : { ip, port: 7382 });
    });
  }

  const folder = mkdtempSync(join(tmpdir(), "fairway-api-"));
  after(() => rmSync(folder, { recursive: true }));
  const read = (text: string) => {
    const apiTokenFile = join(folder, "token");
    writeFileSync(apiTokenFile, text);
    return readApiAccess({ apiListen: undefined, apiCertFile: undefined, apiKeyFile: undefined, apiTokenFile });
  };

  it("takes a token of 16 characters or more, and repeats none that it does not take", () => {
    assert.deepEqual(read("0123456789abcdef\n"), { token: "0123456789abcdef" });
    for (const text of ["", "short-secret", "0123456789 abcdef", "0123456789abcdef\nmore", "0123456789abcdé"]) {
      const message = "API_TOKEN_FILE: must hold 16 or more printable characters, without a space";
      assert.throws(() => read(text), { message }, text);
    }
  });
});
