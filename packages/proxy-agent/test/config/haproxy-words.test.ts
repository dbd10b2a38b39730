import assert from "node:assert/strict";
import { hideSecrets } from "../../src/config/haproxy-words.ts";

/** What is shown of HAProxy's message about one line that carries the operator's text. */
function shown(line: string, message: string): string {
  const origins = new Map([[2, { services: [], settings: ["EXTRA_GLOBAL_SETTINGS"] }]]);
  return hideSecrets({ line: 2, message }, { text: `global\n    ${line}\n`, origins }).message;
}

describe("what HAProxy says of the operator's text", () => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ["a keyword", "nonsense", "unknown keyword 'nonsense' in 'global'", "unknown keyword 'nonsense' in 'global'"],
    ["a time", "timeout connect soon", "unexpected 's' in argument 'soon'", "unexpected 's' in argument 'soon'"],
    ["a number", "nbthread 999999", "'nbthread' : got 999999", "'nbthread' : got 999999"],
    [
      "our own words",
      "server a.n1.4f5c 192.0.2.1:80 nonsense",
      "'server a.n1.4f5c' : unknown keyword 'nonsense'",
      "'server a.n1.4f5c' : unknown keyword 'nonsense'",
    ],
  ];
  for (const [what, line, message, expected] of rows) {
    it(`shows ${what}`, () => assert.equal(shown(line, message), expected));
  }

  const hidden: readonly (readonly [string, string, string, string])[] = [
    ["what is no keyword", "stats auth admin:Pa55word", "bad word 'admin:Pa55word'", "bad word '…'"],
    ["what stands behind `auth`", "stats auth correcthorse", "no colon in 'correcthorse'", "no colon in '…'"],
    ["what stands behind `password`", "user a password correcthorse", "bad 'correcthorse'", "bad '…'"],
    ["an environment", "setenv TOKEN correcthorse", "'setenv' : TOKEN=correcthorse", "'setenv' : …=…"],
    ["quoted words", 'http-request set-header X "Basic dXNlcjpw"', "error in 'dXNlcjpw'", "error in '…'"],
  ];
  for (const [what, line, message, expected] of hidden) {
    it(`hides ${what}`, () => assert.equal(shown(line, message), expected));
  }

  it("says nothing but that where it repeats a part of a word", () => {
    const message = shown("stats auth admin:Pa55wordOfAdmin", "near 'Pa55wordOf'");
    assert.equal(message, "HAProxy refuses it; its words are left out, since they repeat the text");
  });

  it("stays as it is for lines of ours, and for none", () => {
    const rendered = { text: "global\n    maxconn 1x\n", origins: new Map() };
    assert.equal(hideSecrets({ line: 2, message: "bad '1xxxx'" }, rendered).message, "bad '1xxxx'");
    assert.equal(hideSecrets({ line: undefined, message: "out of files" }, rendered).message, "out of files");
  });
});
