import assert from "node:assert/strict";
import { readLabels, readOperatorSettings, serverLineOf, type ServerAuthorities } from "@fairway/contract";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };
const check = ["check", "inter", "2s"];
const authorities: ServerAuthorities = { ok: true, file: "/ca.pem" };

function lineOf(text: string, { service = "db", by = authorities, words = check } = {}) {
  return serverLineOf({ SERVER_TLS: text }, { check: words, route: [], tls: { service, authorities: by } });
}

describe("TLS towards a server", () => {
  for (const [text, accepted] of [
    ["verify", "verify"],
    [" Verify ", "Verify"],
    ["verify  db.example.com", "verify  db.example.com"],
    ["verify redis_master", "verify redis_master"],
    ["insecure", "insecure"],
    ["insecure db", undefined],
    ["", undefined],
    ["true", undefined],
    ["verify none", "verify none"],
    ["verify a b", undefined],
    ["verify 198.51.100.1", undefined],
    ["verify db..example", undefined],
    ["verify -db", undefined],
    ["verify *.example.com", undefined],
    ["verify ${HOME}", undefined],
    ["verify db),lua.x(", undefined],
    ["verify db#", undefined],
    ["verify db\\ ca-file", undefined],
    ['verify "db"', undefined],
    ["verify d\u00e9", undefined],
    [`verify ${"a".repeat(64)}`, undefined],
    [`verify ${"a.".repeat(127)}`, undefined],
  ] as const) {
    it(`SERVER_TLS: "${text}" ${accepted === undefined ? "is refused, and its container with it" : "stands in the record"}`, () => {
      const { settings, rejections } = readLabels({ ...optedIn, "aliyun.proxy.SERVER_TLS": text });
      assert.equal(settings["SERVER_TLS"], accepted ?? "not valid");
      const codes = rejections.map(({ code, severity }) => `${code} ${severity}`);
      assert.deepEqual(codes, accepted === undefined ? ["setting-not-valid refused"] : []);
      const { refusal } = lineOf(settings["SERVER_TLS"] ?? "");
      assert.equal(refusal?.code, accepted === undefined ? "setting-not-valid" : undefined);
    });
  }

  for (const [what, words, ...line] of [
    ["verifies the service's name, in its check too", "check inter 2s", "verify", " check-ssl check-sni db"],
    ["verifies without a check", "", "verify", ""],
    ["leaves a check at another port as it is", "check port 80", "verify", ""],
  ] as const) {
    it(what, () => {
      const [text, more] = line;
      const verified = "ssl verify required ca-file /ca.pem verifyhost db sni str(db)";
      const own = lineOf(text, { words: words.split(" ").filter((word) => word !== "") });
      assert.equal(own.words.join(" ").trim(), `${words} ${verified}${more}`.trim());
    });
  }

  it("verifies the name that the label gives, or nothing", () => {
    assert.match(lineOf("verify db.example.com").words.join(" "), /verifyhost db\.example\.com sni str\(db\.example/);
    assert.equal(lineOf("insecure").words.join(" "), "check inter 2s ssl verify none check-ssl");
  });

  it("is refused where there is no authority, or the service's name is no host's", () => {
    const by: ServerAuthorities = { ok: false, reason: "set SERVER_CA_FOLDER" };
    assert.deepEqual(
      [lineOf("verify", { by }).refusal?.code, lineOf("verify", { service: "a b" }).refusal?.code],
      ["no-authority", "setting-not-valid"],
    );
    assert.equal(lineOf("insecure", { by, service: "a b" }).refusal, undefined);
  });

  it("keeps a service from being served in plain also where an operator writes what cannot be read", () => {
    const { settings, problems } = readOperatorSettings({ SERVER_TLS: "verfy" });
    assert.deepEqual(settings, { SERVER_TLS: "not valid" });
    assert.equal(problems.length, 1);
  });
});
