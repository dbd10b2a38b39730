import assert from "node:assert/strict";
import { type PageLine, serviceLines } from "../src/page/service-lines.ts";
import { visibleLines, lineByKey, topFor } from "../src/page/visible-lines.ts";
import { ageOf } from "../src/page/times.ts";
import type { ContainerRow, Tone } from "../src/view/rows.ts";

function container(name: string, tone: Tone, more: Partial<ContainerRow> = {}): ContainerRow {
  const { project = "shop", service = "web" } = more;
  return {
    id: `n1/${name}`,
    tone,
    name,
    project,
    service,
    node: "n1",
    fronts: ["8080"],
    state: "ready",
    reason: "",
    since: "",
    ...more,
  };
}

const all = [
  container("web_2", "good", { node: "n2" }),
  container("web_1", "broken", { reason: "n1/proxy: no: port 8080 belongs to project blog" }),
  container("db_1", "waiting", { service: "db", fronts: ["5432"] }),
];

const usual = { search: "", isTroubleOnly: false, folded: new Set<string>() };

function told(lines: readonly PageLine[]): readonly string[] {
  return lines.map((line) =>
    line.kind === "service" ? `${line.id} ${line.served}/${line.containers} ${line.tone}` : `  ${line.row.name}`,
  );
}

describe("lines of services", () => {
  const cases: readonly (readonly [string, Partial<typeof usual>, readonly string[]])[] = [
    ["are sorted by name", {}, ["shop/db 0/1 waiting", "  db_1", "shop/web 1/2 partly", "  web_1", "  web_2"]],
    [
      "leave out folded containers",
      { folded: new Set(["shop/web"]) },
      ["shop/db 0/1 waiting", "  db_1", "shop/web 1/2 partly"],
    ],
    [
      "are those that have trouble, of services as they are with all that they have",
      { isTroubleOnly: true },
      ["shop/web 1/2 partly", "  web_1"],
    ],
    ["are found by a part of a name", { search: "EB_2" }, ["shop/web 1/2 partly", "  web_2"]],
    [
      "are found by several words, in what is said of them too",
      { search: "shop/web blog" },
      ["shop/web 1/2 partly", "  web_1"],
    ],
    ["are found by a port", { search: "5432" }, ["shop/db 0/1 waiting", "  db_1"]],
    ["are found by a whole port, and not by a part of it", { search: "port:5432" }, ["shop/db 0/1 waiting", "  db_1"]],
    ["are none where a port is only a part of theirs", { search: "port:80" }, []],
    ["are found by the beginning of an id", { search: "n1/db" }, ["shop/db 0/1 waiting", "  db_1"]],
    ["are not found by what no column tells", { search: "broken" }, []],
    ["are none where nothing is found", { search: "nobody" }, []],
  ];
  for (const [name, wanted, lines] of cases) {
    it(name, () => assert.deepEqual(told(serviceLines(all, { ...usual, ...wanted })), lines));
  }
});

describe("a long list", () => {
  const window = { top: 0, height: 400, lineHeight: 40, count: 10_000 };

  for (const [top, from, to] of [
    [0, 0, 24],
    [4000, 88, 120],
    [399_600, 9976, 10_000],
  ] as const) {
    it(`draws lines ${from} to ${to} where it is scrolled to ${top}`, () => {
      assert.deepEqual(visibleLines({ ...window, top }), { from, to });
    });
  }

  it("draws what there is where it has become short", () => {
    assert.deepEqual(visibleLines({ ...window, top: 4000, count: 3 }), { from: 2, to: 3 });
    assert.deepEqual(visibleLines({ ...window, count: 0 }), { from: 0, to: 0 });
  });

  for (const [key, at, to] of [
    ["ArrowDown", -1, 0],
    ["j", 4, 5],
    ["ArrowUp", 0, 0],
    ["PageDown", 0, 9],
    ["End", 3, 9999],
    ["x", 3, undefined],
  ] as const) {
    it(`leads by ${key} from line ${at} to ${to}`, () => assert.equal(lineByKey(key, at, window), to));
  }

  it("scrolls no further than is needed", () => {
    assert.equal(topFor(3, window), undefined);
    assert.equal(topFor(10, window), 40);
    assert.equal(topFor(3, { ...window, top: 400 }), 120);
  });
});

describe("an age", () => {
  for (const [since, age] of [
    ["2026-01-01T00:00:00Z", "2 d"],
    ["2026-01-02T23:59:30Z", "30 s"],
    ["2026-01-02T22:30:00Z", "1 h"],
    ["never", ""],
  ] as const) {
    it(`of ${since} is "${age}"`, () => assert.equal(ageOf(since, Date.parse("2026-01-03T00:00:00Z")), age));
  }
});
