import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProgramExit } from "@fairway/program";
import type { RegistryAccess } from "@fairway/registry";
import { readSettings, registrarSettings } from "@fairway/contract";
import { describe, it } from "mocha";
import { addonAccess, handedOut } from "../../src/addon/handed-out.ts";

const http = { endpoints: ["http://etcd-1:2379"], prefix: "/fairway/v1" };
const https = { endpoints: ["https://etcd-1:2379"], prefix: "/fairway/v1" };
const asSubscriber = { username: "subscriber", password: "s" };
const pair = { cert: "subscriber's", key: "subscriber's key" };
const nulls = { username: null, password: null, ca: null, cert: null, key: null };

type Row = readonly [
  name: string,
  addon: Partial<RegistryAccess>,
  own: Partial<RegistryAccess>,
  outcome: RegExp | object,
];

const rows: readonly Row[] = [
  ["nothing where etcd wants nothing", http, http, { ...http, ...nulls }],
  [
    "the user that was set for it",
    { ...http, ...asSubscriber },
    { ...http, username: "registrar", password: "r" },
    { ...http, ...nulls, ...asSubscriber },
  ],
  [
    "authority, certificate and key that were set for it",
    { ...https, ca: "ca", ...pair },
    { ...https, ca: "ca", cert: "registrar's", key: "registrar's key" },
    { ...https, ...nulls, ca: "ca", ...pair },
  ],
  [
    "a certificate in a user's place",
    { ...https, ca: "ca", ...pair },
    { ...https, username: "registrar", password: "r" },
    { ...https, ...nulls, ca: "ca", ...pair },
  ],
  [
    "no user",
    http,
    { ...http, username: "registrar", password: "r" },
    /wants a user and ADDON_ETCD_USERNAME is not set/,
  ],
  ["no authority", https, https, /ADDON_ETCD_CA_FILE is not set/],
  [
    "no certificate",
    { ...https, ca: "ca" },
    { ...https, ca: "ca", cert: "registrar's", key: "registrar's key" },
    /ADDON_ETCD_CERT_FILE is not set: the registrar's own are never handed out/,
  ],
  ["no password", { ...http, username: "subscriber" }, http, /without ADDON_ETCD_PASSWORD/],
  ["no key", { ...http, cert: "x" }, http, /one is set without the other/],
  ["no certificate to a key", { ...http, key: "x" }, http, /one is set without the other/],
  [
    "the registrar's own user",
    { ...http, username: "registrar", password: "r" },
    { ...http, username: "registrar", password: "r" },
    /^ADDON_ETCD_USERNAME is the registrar's own user/,
  ],
  [
    "the registrar's own key",
    { ...https, ca: "ca", cert: "registrar's", key: "registrar's key\n" },
    { ...https, ca: "ca", cert: "registrar's", key: "registrar's key" },
    /^ADDON_ETCD_KEY_FILE holds the registrar's own key/,
  ],
];

describe("what is handed out", () => {
  for (const [name, addon, own, outcome] of rows) {
    it(`${outcome instanceof RegExp ? "is refused with" : "is"} ${name}`, () => {
      const handed = handedOut({ ...http, ...addon }, { ...http, ...own });
      if (!(outcome instanceof RegExp)) return assert.deepEqual(handed, { ok: true, registry: outcome });
      assert.ok(!handed.ok);
      assert.match(handed.reason, outcome);
    });
  }
});

function accessFrom(env: NodeJS.ProcessEnv, nodeAddress = "198.18.0.11"): RegistryAccess {
  const read = readSettings(registrarSettings, env);
  assert.ok(read.ok, read.ok ? "" : read.problems.join());
  return addonAccess(read.settings, nodeAddress);
}

describe("the way to the registry for others", () => {
  for (const [own, others] of [
    ["http://127.0.0.1:2379", "http://198.18.0.11:2379"],
    ["https://localhost:2379,http://[::1]:2380", "https://198.18.0.11:2379,http://198.18.0.11:2380"],
    ["http://etcd-1:2379,http://198.18.0.12:2379", "http://etcd-1:2379,http://198.18.0.12:2379"],
    ["http://127.0.0.1:80", "http://198.18.0.11:80"],
  ] as const) {
    it(`leads from ${own} to ${others}`, () => {
      assert.equal(accessFrom({ ETCD_ENDPOINTS: own }).endpoints.join(), others);
    });
  }

  it("is the node's IPv6 address in brackets", () => {
    assert.deepEqual(accessFrom({}, "fd00::1").endpoints, ["http://[fd00::1]:2379"]);
  });

  it("is what ADDON_ETCD_ENDPOINTS says, as it stands", () => {
    const env = { ADDON_ETCD_ENDPOINTS: "http://localhost:1, http://etcd:2" };
    assert.deepEqual(accessFrom(env).endpoints, ["http://localhost:1", "http://etcd:2"]);
  });

  it("has nothing of the registrar's own credentials", () => {
    const env = { ETCD_USERNAME: "registrar", ETCD_PASSWORD: "r" };
    assert.deepEqual([accessFrom(env).username, accessFrom(env).password], [undefined, undefined]);
  });

  it("has the contents of its files as they are now", () => {
    const directory = mkdtempSync(join(tmpdir(), "fairway-addon-"));
    const file = join(directory, "password");
    const env = { ADDON_ETCD_USERNAME: "subscriber", ADDON_ETCD_PASSWORD_FILE: file };
    for (const password of ["first", "second"]) {
      writeFileSync(file, `${password}\n`);
      assert.equal(accessFrom(env).password, password);
    }
    rmSync(directory, { recursive: true });
    assert.throws(
      () => accessFrom(env),
      (error) => error instanceof ProgramExit && Boolean(error.lines[0]?.startsWith("ADDON_ETCD_PASSWORD_FILE (")),
    );
  });
});
