import type { Picture } from "../../src/status/picture.ts";
import { View } from "../../src/registry/view.ts";
import { desiredOf, facts } from "../facts.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";

/** Two servers in one listener, one of them an orphan; another endpoint that cannot be reached. */
export function picture(changed: Partial<Picture> = {}): Picture {
  const records = given()
    .service("shop", "db")
    .endpoint({ container: "a" })
    .endpoint({ container: "b", addresses: [bridge("172.17.0.3")] })
    .endpoint({ container: "far", node: "node-2" });
  const view = new View();
  view.fold(records.listed(), 0);
  const orphan = keyOf({ project: "shop", service: "db" }, { container: "b" });
  view.fold(deleted(9n, orphan), 0);
  view.settle(view.toJudge(0), { revision: 9n, stored: [] }, 0);
  return {
    version: "0.1.0",
    proxy: "proxy",
    addon: undefined,
    vantage: facts.vantage,
    scope: ["endpoints/"],
    view,
    desired: desiredOf(records),
    refusals: [],
    leaving: 1,
    appliedRevision: 9n,
    appliedAt: "2026-11-22T08:00:00.000Z",
    haproxy: { version: "2.6.12", pid: 7 },
    lastError: undefined,
    notes: [],
    ...changed,
  };
}
