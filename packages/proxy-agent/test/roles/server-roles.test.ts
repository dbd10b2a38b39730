import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refreshedEntry, rolesHoldMs, type Listener } from "@fairway/haproxy";
import { pino } from "pino";
import { CheckSecrets } from "../../src/roles/check-secrets.ts";
import { ServerRoles } from "../../src/roles/server-roles.ts";
import { desiredOf } from "../facts.ts";
import { bridge, given } from "../given.ts";
import { eventually } from "../real/kit/client.ts";

const log = pino({ level: "silent" });

describe("roles that an earlier agent told HAProxy", () => {
  let folder: string;
  let silent: Server;
  let ended: AbortController;
  let listeners: readonly Listener[];
  let name: string;

  before(async () => {
    silent = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const settings = { CHECK: "postgres-primary" };
    const made = desiredOf(
      given()
        .service("shop", "db")
        .endpoint({ addresses: [bridge("172.17.0.2")], settings }),
    );
    const toSilent = ({ servers, ...listener }: Listener): Listener => {
      return { ...listener, servers: servers.map((server) => ({ ...server, ip: "127.0.0.1", port })) };
    };
    listeners = made.listeners.map(toSilent);
    name = listeners[0]?.servers[0]?.name ?? assert.fail();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairway-roles-"));
    ended = new AbortController();
  });

  afterEach(async () => {
    ended.abort();
    await rm(folder, { recursive: true });
  });

  after(() => silent.close());

  /** An agent that finds these entries, and what it tells HAProxy. */
  async function openRoles(entries: readonly string[]) {
    const paths = { roles: join(folder, "roles"), logins: join(folder, "logins") };
    await writeFile(paths.roles, entries.map((entry) => `${entry}\n`).join(""));
    const told: (readonly string[])[] = [];
    const refreshed: string[] = [];
    const replaceEntries = async ({ path }: { readonly path: string }, now: readonly string[]) => {
      const isMoment = (entry: string) => entry.startsWith("refreshed ");
      if (path === paths.roles) {
        told.push(now.filter((entry) => !isMoment(entry)));
        refreshed.push(...now.filter(isMoment));
      }
      return { kind: "done", reason: "" } as const;
    };
    const { signal } = ended;
    const secrets = new CheckSecrets({ folder: undefined, log, signal });
    const roles = new ServerRoles({ haproxy: { replaceEntries }, paths, secrets, log, signal });
    await roles.open(true);
    const inFile = () => readFile(paths.roles, "utf8");
    return { roles, told, refreshed, inFile };
  }

  it("hold while they are not found anew, but for servers that are there no more", async () => {
    const before = refreshedEntry(Date.now() - rolesHoldMs + 10_000);
    const { roles, told, refreshed, inFile } = await openRoles([before, `/${name} primary`, "/gone primary"]);
    roles.follow({ listeners });
    await eventually("it is told", () => told.length > 0);
    assert.deepEqual(told, [[`/${name} primary`]]);
    assert.deepEqual(refreshed, [before]);
    await eventually("it is written", async () => (await inFile()) === `${before}\n/${name} primary\n`);
    roles.onLoaded();
    await eventually("a new worker is told too", () => told.length === 2);
    assert.deepEqual(told[1], [`/${name} primary`]);
    assert.deepEqual(refreshed, [before, before]);
  });

  it("do not come back when no agent has refreshed them for ten minutes", async () => {
    const { roles, told } = await openRoles([refreshedEntry(Date.now() - rolesHoldMs - 5000), `/${name} primary`]);
    roles.follow({ listeners });
    await eventually("it is told", () => told.length > 0);
    assert.deepEqual(told, [[]]);
  });

  it("do not come back with a server that left", async () => {
    const { roles, told } = await openRoles([`/${name} primary`, "/gone primary"]);
    roles.follow({ listeners });
    roles.follow({ listeners: [] });
    roles.follow({ listeners });
    await eventually("it is told", () => told.length > 1, 3000);
    assert.deepEqual(told, [[`/${name} primary`], []]);
  });
});
