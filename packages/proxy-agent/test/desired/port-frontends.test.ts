import assert from "node:assert/strict";
import { frontOf, type Front } from "@fairway/contract";
import type { Listener, ListenerList } from "@fairway/haproxy";
import { portFrontend } from "../../src/desired/port-frontends.ts";
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
