import assert from "node:assert/strict";
import { z } from "zod";
import { ChangeLines, type WatchFormat } from "../src/output/change-lines.ts";
import { kinds } from "../src/resources/kinds.ts";
import { given } from "../../proxy-agent/test/given.ts";

const one = () => given().service("shop", "db").endpoint({ container: "one" });
const two = () => one().endpoint({ container: "two", node: "node-2", state: "starting" });
const twoReady = () => one().endpoint({ container: "two", node: "node-2" });

/** What `fairway get services --watch` prints at each look. */
function told(form: WatchFormat, ...looks: readonly ReturnType<typeof one>[]): readonly (readonly string[])[] {
  const services = kinds["services"];
  assert.ok(services);
  const lines = new ChangeLines({ name: "services", ...services }, form);
  return looks.map(({ stored }) => lines.next(services.read(stored).items));
}

describe("fairway get --watch", () => {
  it("appends a row for each change, below the titles of the first ones", () => {
    assert.deepEqual(told("table", given(), one(), one(), two(), twoReady(), given(), one()), [
      [],
      ["SERVICE  PORTS  READY  CONTAINERS  NODES   SET BY OPERATOR", "shop/db  6379   1/1    1           node-1  –"],
      [],
      ["shop/db  6379   1/2    2           node-1, node-2  –"],
      ["shop/db  6379   2/2    2           node-1, node-2  –"],
      ["shop/db  6379   2/2    2           node-1, node-2  –                gone"],
      ["shop/db  6379   1/1    1           node-1          –"],
    ]);
  });

  it("prints a line of JSON for each change, or the name alone", () => {
    const change = z.strictObject({
      kind: z.literal("services"),
      change: z.string(),
      item: z.object({ name: z.string() }),
    });
    const found = told("json", one(), two(), given())
      .flat()
      .map((line) => change.parse(JSON.parse(line)));
    assert.deepEqual(
      found.map((each) => [each.change, each.item.name]),
      [
        ["set", "shop/db"],
        ["set", "shop/db"],
        ["gone", "shop/db"],
      ],
    );
    assert.deepEqual(told("name", one(), two(), given()), [["shop/db"], ["shop/db"], ["shop/db"]]);
  });

  for (const form of ["table", "json", "name"] as const) {
    it(`lets no text of a record act on a terminal: ${form}`, () => {
      const hostile = "a\u001b[2J\n\u202eb";
      const lines = told(form, given().service(hostile, hostile).endpoint({ container: hostile }), given()).flat();
      assert.equal(lines.length, form === "table" ? 3 : 2);
      assert.doesNotMatch(lines.join(""), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    });
  }
});
