import assert from "node:assert/strict";
import { frontOf, type Front } from "@fairway/contract";
import type { Listener, ListenerList } from "@fairway/haproxy";
import { hintsAtName } from "../../src/desired/name-hints.ts";
import { portFrontend } from "../../src/desired/port-frontends.ts";
import { SettingsGroup } from "../../src/desired/settings-group.ts";
import type { SeenEndpoint } from "../../src/registry/seen.ts";
import { facts } from "../facts.ts";

const port = 5432;

function named(name: string): Listener {
  return { port, name, ssl: true, services: [], settings: { addresses: [], bind: [] }, servers: [] };
}

/** From whom the frontend takes PROXY headers; `says`: by name, its project and what that says. */
function acceptedFrom(says: Readonly<Record<string, readonly [string, string?]>>, decides: string | undefined) {
  const askedAt = (front: Front) => {
    const [, [project, network] = [""]] =
      Object.entries(says).find(([name]) => frontOf({ port, name }) === front) ?? ([] as const);
    const owner = { project, by: "oldest claim", claimedAt: "" } as const;
    const from = { services: [], settings: [] };
    const lists: ListenerList[] = network === undefined ? [] : [{ kind: "accept-proxy", networks: [network], from }];
    return { owner, lists };
  };
  const listeners = Object.keys(says).map(named);
  const { settings } = portFrontend(port, { listeners, askedAt, decides }, { facts, before: undefined });
  return (settings.lists ?? []).flatMap((list) => (list.kind === "accept-proxy" ? list.networks : []));
}

const [near, everybody] = ["192.0.2.0/24", "0.0.0.0/0"];

describe("PROXY headers at a port that services share by name", () => {
  for (const [title, says, decides, accepted] of [
    ["are taken as the project says that has the port", { "db.example.com": ["shop", near] }, "shop", [near]],
    [
      "are not taken as another's name says, whatever it is called",
      { "a.example.com": ["evil", everybody], "db.example.com": ["shop", near] },
      "shop",
      [near],
    ],
    [
      "are taken from nobody where who has the port says nothing",
      { "a.example.com": ["evil", everybody], "db.example.com": ["shop"] },
      "shop",
      [],
    ],
    ["are taken from nobody where nobody has the port", { "a.example.com": ["evil", everybody] }, undefined, []],
  ] as const) {
    it(title, () => assert.deepEqual(acceptedFrom(says, decides), accepted));
  }
});

describe("what is not a name's own to say", () => {
  const told = (front: Front, settings: Readonly<Record<string, string>>, decides: string | undefined) => {
    const seen: Partial<SeenEndpoint> = {
      service: "shop/db",
      key: "endpoints/shop/db/1/n/c",
      container: "shop_db_1",
      settings,
    };
    const group = new SettingsGroup({ endpoint: seen as SeenEndpoint, holder: undefined });
    return hintsAtName(front, [group], decides).map(({ reason }) => reason);
  };
  const name = frontOf({ port, name: "db.example.com" });

  it("is who tells addresses of clients, but for the project that has the port", () => {
    assert.deepEqual(told(name, { ACCEPT_PROXY: near }, "shop"), []);
    for (const setting of ["ACCEPT_PROXY", `ACCEPT_PROXY.${port}`])
      assert.deepEqual(told(name, { [setting]: near }, "bank"), [
        "shop_db_1: on port 5432 ACCEPT_PROXY has no effect for name db.example.com: who tells addresses of clients says project bank alone, which has the port",
      ]);
    assert.match(told(name, { ACCEPT_PROXY: near }, undefined)[0] ?? "", /says who has the port$/);
  });

  it("is which certificates are served", () => {
    assert.match(told(name, { SSL_CERT: "…" }, "shop")[0] ?? "", /SSL_CERT has no effect .* CERT_FOLDER$/);
  });

  it("is told of names alone", () => {
    assert.deepEqual(told(port, { ACCEPT_PROXY: near, SSL_CERT: "…" }, "bank"), []);
    assert.deepEqual(told(name, { IDLE: "10m" }, "bank"), []);
  });
});
