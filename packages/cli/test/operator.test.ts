import assert from "node:assert/strict";
import { ProgramExit } from "@fairway/program";
import { readService, serviceText } from "../src/operator/service.ts";
import { changeSettings, readAssignments, type Settings, type SettingsChange } from "../src/operator/settings.ts";

describe("a service on the command line", () => {
  for (const [text, project, expected] of [
    ["shop/web", undefined, "shop/web"],
    ["web", "shop", "shop/web"],
    ["shop/web", "shop", "shop/web"],
    ["_/redis", undefined, "_/redis"],
    ["redis", "redis", "redis/redis"],
    ["redis/redis", "redis", "redis/redis"],
  ] as const) {
    const given = project === undefined ? "" : `, -p ${project}`;
    it(`is ${expected} as ${text}${given}`, () => {
      assert.equal(serviceText(readService(text, project === undefined ? {} : { project })), expected);
    });
  }

  for (const [text, project] of [
    ["web", undefined],
    ["shop/", undefined],
    ["/web", undefined],
    ["shop/web/80", undefined],
    ["other/web", "shop"],
    ["shop/", "shop"],
    ["x".repeat(300), "shop"],
    [undefined, "shop"],
  ] as const) {
    it(`is refused as ${text?.slice(0, 20) ?? "nothing"}${project === undefined ? "" : `, -p ${project}`}`, () => {
      assert.throws(
        () => readService(text, project === undefined ? {} : { project }),
        (error) => error instanceof ProgramExit && error.code === 2 && /write project\/service/.test(error.message),
      );
    });
  }
});

describe("an operator's settings of a service", () => {
  const rows: readonly (readonly [string, Settings, Partial<SettingsChange>, Settings, readonly string[]])[] = [
    ["are set", {}, { set: { MAXCONN: "9" } }, { MAXCONN: "9" }, ['MAXCONN is "9"']],
    ["are changed", { MAXCONN: "8" }, { set: { MAXCONN: "9" } }, { MAXCONN: "9" }, ['MAXCONN is "9" (was "8")']],
    ["may be set again", { MAXCONN: "9" }, { set: { MAXCONN: "9" } }, { MAXCONN: "9" }, ['MAXCONN is "9" as before']],
    [
      "have one of a name in any case",
      { maxconn: "8" },
      { set: { MAXCONN: "9" } },
      { MAXCONN: "9" },
      ['MAXCONN is "9" (was "8")'],
    ],
    [
      "stay beside what is set",
      { BALANCE: "source" },
      { set: { MAXCONN: "9" } },
      { BALANCE: "source", MAXCONN: "9" },
      ['MAXCONN is "9"'],
    ],
    [
      "stay though they cannot be used",
      { NOSUCH: "x" },
      { set: { MAXCONN: "9" } },
      { NOSUCH: "x", MAXCONN: "9" },
      ['MAXCONN is "9"'],
    ],
    [
      "are taken back",
      { MAXCONN: "9" },
      { unset: ["MAXCONN"] },
      {},
      ['MAXCONN is no longer set (was "9"): labels decide'],
    ],
  ];
  for (const [title, before, change, settings, lines] of rows) {
    it(title, () => {
      assert.deepEqual(changeSettings(before, { set: {}, unset: [], ...change }), { ok: true, settings, lines });
    });
  }

  const refused: readonly (readonly [string, Partial<SettingsChange>, RegExp])[] = [
    [
      "a value that no label may have",
      { set: { BALANCE: "sideways" } },
      /^BALANCE="sideways": .* wants roundrobin or leastconn/,
    ],
    [
      "what is no setting",
      { set: { NOSUCH: "1" } },
      /^NOSUCH="1": it is none of the settings of a service, which are .*MAXCONN/,
    ],
    ["one of several", { set: { MAXCONN: "9", BALANCE: "\u001b" } }, /^BALANCE="[^\u001b]*$/],
    ["to take back what is not set", { unset: ["MAXCONN"] }, /^the operator sets no MAXCONN$/],
  ];
  for (const [title, change, expected] of refused) {
    it(`refuse ${title}, whole`, () => {
      const changed = changeSettings({}, { set: {}, unset: [], ...change });
      assert.ok(!changed.ok);
      assert.match(changed.problems.join("\n"), expected);
    });
  }

  it("are at most 64", () => {
    const many = Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`OLD${n}`, "x"]));
    const changed = changeSettings(many, { set: { MAXCONN: "9" }, unset: [] });
    assert.deepEqual(changed, { ok: false, problems: ["these are 65 settings: one service has at most 64"] });
  });

  it("are read from NAME=VALUE: names in any case, values with = in them", () => {
    assert.deepEqual(readAssignments(["check=GET /a=b", "MAXCONN="]), { set: { CHECK: "GET /a=b", MAXCONN: "" } });
    assert.deepEqual(readAssignments(["MAXCONN=1", "=2"]), { bad: "=2" });
  });
});
