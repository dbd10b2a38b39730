import assert from "node:assert/strict";
import fc from "fast-check";
import { builtInTemplate, render, renderPieces } from "@fairway/haproxy";
import { renderOptions } from "../../src/config/line-origins.ts";
import { registry } from "../arbitrary.ts";
import { desiredOf } from "../facts.ts";
import { bridge, given, Given, published } from "../given.ts";

const template = builtInTemplate();
const options = renderOptions(template);

describe("render", () => {
  it("writes a listener with its servers, the drained one with weight 0", () => {
    const desired = desiredOf(
      given()
        .service("shop", "db")
        .endpoint({ container: "a" })
        .endpoint({ container: "b", state: "draining", addresses: [bridge("172.17.0.3")] }),
      { addresses: ["0.0.0.0", "::"], bindOptions: new Map([[6379, ["accept-proxy"]]]) },
    );
    const section = render(desired, options)
      .text.split("\n\n")
      .at(-1)
      ?.replaceAll(/db\.node-1\.\S+/g, "NAME");
    assert.deepEqual(section?.split("\n").sort(), [
      "",
      "    bind 0.0.0.0:6379 accept-proxy",
      "    bind [::]:6379 v6only accept-proxy",
      "    mode tcp",
      "    server NAME 172.17.0.2:6379 check",
      "    server NAME 172.17.0.3:6379 check weight 0",
      "listen port_6379",
    ]);
  });

  it("knows whose text stands on each line, by whichever template", () => {
    const desired = desiredOf(given().service("shop", "db").endpoint());
    const own = "# mine\n{{#listeners}}{{#servers}}\n  {{{.}}}\n{{/servers}}{{/listeners}}";
    for (const each of [template, own]) {
      const { text, origins } = render(desired, renderOptions(each));
      const line = text.split("\n").findIndex((candidate) => candidate.trim().startsWith("server "));
      assert.deepEqual(origins.get(line + 1), {
        services: [],
        settings: ["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"],
        server: desired.listeners[0]?.servers[0]?.name,
      });
      assert.ok(!text.includes("\u0000"));
    }
  });

  it("writes the same bytes whatever the order of records", () => {
    fc.assert(
      fc.property(
        registry.chain((records) =>
          fc.tuple(fc.constant(records), fc.shuffledSubarray(records.stored, { minLength: records.stored.length })),
        ),
        ([records, shuffled]) => {
          const other = new Given(records.revision);
          other.stored.push(...latest(records).sort((a, b) => shuffled.indexOf(a) - shuffled.indexOf(b)));
          assert.equal(render(desiredOf(other), options).text, render(desiredOf(records), options).text);
        },
      ),
    );
  });

  it("gives the same bytes in pieces, by whichever template", () => {
    const own =
      "# {{global.length}}\n{{#listeners}}\n{{port}}{{^servers}} none{{/servers}}{{#servers}} {{.}}{{/servers}}\n\n{{/listeners}}\n \n";
    fc.assert(
      fc.property(registry, fc.constantFrom(template, own), (records, each) => {
        const desired = desiredOf(records);
        assert.equal(
          [...renderPieces(desired, renderOptions(each))].join(""),
          render(desired, renderOptions(each)).text,
        );
      }),
    );
  });

  it("gives 10,000 servers in pieces none of which takes long to make", () => {
    const desired = desiredOf(manyRecords(10_000));
    const lengths = [...renderPieces(desired, options)].map(({ length }) => length);
    assert.ok(lengths.length > 10 && Math.max(...lengths) < 66_000, lengths.join(" "));
  });

  it("adds no line for any text in names, and one server line for each server", () => {
    const frame = render(desiredOf(given()), options).text.split("\n").length;
    fc.assert(
      fc.property(registry, (records) => {
        const desired = desiredOf(records);
        const servers = desired.listeners.flatMap((listener) => listener.servers).length;
        const { text } = render(desired, options);
        const lines = text.split("\n");
        const settings = desired.listeners.flatMap((listener) => listener.settings.lines ?? []).length;
        assert.equal(lines.length, frame + desired.listeners.length * 4 + settings + servers);
        assert.ok(lines.every((line) => line.length < 2048 && !/[^\x20-\x7e]/.test(line)));
        assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"));
      }),
    );
  });
});

function manyRecords(count: number): Given {
  const records = given().service("shop", "db");
  for (let n = 0; n < count; n += 1) {
    records.endpoint({ node: "node-2", container: `c${n}`, addresses: [published("198.18.0.2", n + 1)] });
  }
  return records;
}

/** A registry holds one record a key: the last one put. */
function latest({ stored }: Given): Given["stored"] {
  return [...new Map(stored.map((each) => [each.key, each])).values()];
}
