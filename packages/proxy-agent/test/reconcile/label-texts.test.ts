import assert from "node:assert/strict";
import { waitingLine } from "@fairway/haproxy";
import { labelTexts, withTexts } from "../../src/reconcile/label-texts.ts";
import { desiredOf, facts } from "../facts.ts";
import { given } from "../given.ts";

const checks = { logins: "/logins", rolesSocket: "/roles.sock" };

/** A listener whose container asks for a check, with a TIMEOUT of its own, behind a proxy that says IDLE for all. */
const desiredBy = (CHECK: string) =>
  desiredOf(
    given()
      .service("shop", "db")
      .endpoint({ settings: { CHECK, TIMEOUT: "client 1h" } }),
    { checks, defaults: { ...facts.defaults, IDLE: "10m" } },
  );

describe("text of labels in a listener", () => {
  for (const check of ["redis", "redis-primary", "postgres-replica"]) {
    it(`is that of the service that asks for ${check}, with all that the proxy adds to such a check`, () => {
      const [listener] = desiredBy(check).listeners;
      const lines = listener?.settings.lines ?? [];
      assert.ok(lines.length > 3);
      const texts = labelTexts(listener ?? assert.fail()).filter(({ mark }) => typeof mark !== "string");
      assert.deepEqual(new Set(texts.map(({ service }) => service)), new Set(["shop/db"]));
      const settingsOf = (begin: RegExp) =>
        lines.filter(({ text }) => begin.test(text)).map(({ from }) => from.settings);
      const ofCheck = settingsOf(/^(option|tcp-check|stick|retries|server|timeout connect) /);
      assert.deepEqual(new Set(ofCheck.map(String)), new Set(["CHECK"]));
      assert.deepEqual(settingsOf(/^timeout client /), [["TIMEOUT"]]);
    });
  }

  it("leaves with all that the proxy adds for it, and what nobody's labels say stays", () => {
    const desired = desiredBy("redis-primary");
    const linesOf = ({ listeners }: typeof desired) => listeners[0]?.settings.lines?.map(({ text }) => text) ?? [];
    assert.ok(linesOf(desired).includes(waitingLine.text));
    assert.deepEqual(linesOf(withTexts(desired, new Set())), ["timeout tunnel 10m"]);
  });
});
