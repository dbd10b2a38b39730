import assert from "node:assert/strict";
import { hideSecrets, missingPath } from "../../src/config/haproxy-complaints.ts";

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

describe("the file that HAProxy says it cannot read", () => {
  const certificate =
    "'bind :1443' in section 'listen' : unable to stat SSL certificate from file '/n/x.pem' : No such";
  for (const [what, message, expected] of [
    ["of a certificate", `${certificate} file or directory.`, "/n/x.pem"],
    ["of certificates", "'crt-list' : cannot open file '/n/x.list' : No such file or directory", "/n/x.list"],
    ["of an authority", "'server a/s' : Couldn't open the ca-file '/n/ca' (No such file or directory).", "/n/ca"],
    ["of an authority, once more", "'ca-file' : unable to load /n/ca.pem.", "/n/ca.pem"],
    ["in Lua", "error in Lua file '/n/a.lua': cannot open /n/a.lua: No such file or directory", "/n/a.lua"],
    ["of parameters", "'ssl-dh-param-file': unable to load DH parameters from file </n/dh>.", "/n/dh"],
    ["of an answer", "errorfile : error opening file '/n/e'.", "/n/e"],
    ["of a pattern", "'if' condition : failed to open pattern file </n/acl>", "/n/acl"],
    ["none: a path that is no file's", "'option httpchk' cannot handle unexpected argument '/health'.", undefined],
    ["none: no path", "unable to load the library", undefined],
  ] as const) {
    it(what, () => assert.equal(missingPath(message), expected));
  }
});
