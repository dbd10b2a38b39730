import assert from "node:assert/strict";
import fc from "fast-check";
import { agentSettings, registrarSettings, standaloneSettings } from "@fairway/contract";
import { readSettings } from "../../src/settings/read-settings.ts";

const tables = { registrar: registrarSettings, "proxy-agent": agentSettings, standalone: standaloneSettings };

/** Settings that take a name or a path of no secret: what is wrong with them is shown. */
const shownText = [
  ["NODE_NAME", "PROXY_NAME", "LB_NAME", "COMPOSE_PROJECT_NAME", "ZONE", "VANTAGE", "ADDITIONAL_SERVICES", "PROJECTS"],
  [
    "HAPROXY_BIN",
    "STATE_DIR",
    "FAIRWAY_DIRECTORY",
    "CERT_FOLDER",
    "SERVER_CA_FOLDER",
    "CHECK_SECRETS",
    "CA_CERT_FILE",
    "HAPROXY_TEMPLATE",
  ],
  // Of these with `@` in them, such as http://user:password@host, the length alone is told.
  ["ETCD_PREFIX", "ETCD_ENDPOINTS", "ADDON_ETCD_ENDPOINTS", "ADDON_URL", "DOCKER_HOST"],
].flat();

const password = fc.stringMatching(/^[A-Z0-9+/=~#]{8,60}$/);
/** What no setting takes, with a password in it. */
const bad = fc.oneof(
  password.map((text) => `${text}\u0007`),
  password.map((text) => `http://root:${text}@etcd-1:2379`),
  password.map((text) => `ok,tcp://root:${text}@`),
  password.map((text) => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`),
);

describe("a refused setting that may hold a secret", () => {
  for (const [program, table] of Object.entries(tables)) {
    const rows = Object.values(table);
    const mayHoldSecret = rows.filter(({ isSecret }) => isSecret).map(({ name }) => name);
    const urls = rows.map(({ name }) => name).filter((name) => /ENDPOINTS|URL|DOCKER_HOST/.test(name));

    it(`of the ${program} is told by its length: no eight characters of it are shown`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...mayHoldSecret), bad, (name, text) => {
          assertHidden(told(table, { [name]: text }), text);
        }),
        { numRuns: 500 },
      );
    });

    it(`of the ${program} hides user and password of a URL`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...urls), password, (name, text) => {
          const problems = told(table, { [name]: `http://root:${text}@etcd-1:2379` });
          assert.notEqual(problems, "");
          assertHidden(problems, text);
        }),
      );
    });

    it(`of the ${program} is any that takes free text, names and paths apart`, () => {
      const free = rows.filter(({ read }) =>
        ["Tr0ub4dor&3x", "user:Tr0ub4dor&3x"].some((text) => {
          const outcome = read(text);
          return outcome.ok && outcome.leftOut.length === 0;
        }),
      );
      const shown = free.filter(({ isSecret, name }) => !isSecret && !shownText.includes(name)).map(({ name }) => name);
      assert.deepEqual(shown, []);
    });
  }

  it("names the setting, the length and what is allowed", () => {
    assert.equal(
      told(registrarSettings, { ETCD_PASSWORD: "pass\tword" }),
      "ETCD_PASSWORD (9 characters): must be one line of text without control characters",
    );
    assert.equal(
      told(agentSettings, { STATS_AUTH: "just-my-password" }),
      "STATS_AUTH (16 characters): must be user:password",
    );
    assert.match(told(agentSettings, { ETCD_ENDPOINTS: "etcd-1:2379" }), /^ETCD_ENDPOINTS="etcd-1:2379": must be /);
  });
});

function told(table: Parameters<typeof readSettings>[0], env: Readonly<Record<string, string>>): string {
  const read = readSettings(table, env);
  return (read.ok ? read.leftOut : read.problems).join("\n");
}

function assertHidden(problems: string, text: string): void {
  for (let at = 0; at + 8 <= text.length; at += 1) {
    const run = text.slice(at, at + 8);
    if (!/etcd-1:2/.test(run)) assert.ok(!problems.includes(run), problems);
  }
}
