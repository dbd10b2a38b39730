import assert from "node:assert/strict";
import { strays } from "../../src/apply/strays.ts";
import { desiredOf } from "../facts.ts";
import { bridge, given } from "../given.ts";

describe("sessions in old workers", () => {
  const served = desiredOf(
    given()
      .service("shop", "db")
      .endpoint({ addresses: [bridge("172.17.0.2")] }),
  );
  const name = served.listeners[0]?.servers[0]?.name ?? "";
  const session = (server: string, listener = 6379) => ({ id: "0x1", listener, server });
  const gone = "db.node-9.aa11bb22cc33.6379.0123456789ab";
  const rows: readonly (readonly [string, ReturnType<typeof session>, boolean])[] = [
    ["to a server that is served", session(name), false],
    ["to an earlier server of an endpoint that is served", session(name.replace(/[^.]+$/, "0123456789ab")), false],
    ["to a server that is not served", session(gone), true],
    ["to a server of another listener", session(name, 7000), true],
  ];

  for (const [what, each, isStray] of rows) {
    it(`${what} ${isStray ? "end" : "last"}`, () => {
      const { listener, server } = each;
      const departure = { listener, name: server, deadline: 5, isInWorker: false };
      assert.deepEqual(strays([each, each], served, 5), isStray ? [departure] : []);
    });
  }
});
