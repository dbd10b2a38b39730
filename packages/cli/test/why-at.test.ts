import assert from "node:assert/strict";
import type { JournalMoment } from "@fairway/contract";
import type { SubcommandAnswer } from "@fairway/program";
import { answerAt } from "../src/commands/why-at.ts";
import { given, keyOf, proxyRecord } from "../../proxy-agent/test/given.ts";

const time = "2026-11-30T08:00:00.000Z";
const from = "2026-11-29T08:00:00.000Z";
const shop = { project: "shop", service: "web" };

/** What a journal says where a container was there and one proxy served it, or refused it. */
function moment(proxy: string, refusal?: string): JournalMoment {
  const records = given().of("shop", "web").endpoint({ container: "web_1" }).node("node-1");
  const key = keyOf(shop, { container: "web_1" });
  const first = refusal === undefined ? [] : [{ code: "port-owned", key, reason: refusal }];
  const own = proxyRecord({ rejections: { count: first.length, first } });
  const stored = records.put(`proxies/${proxy}`, JSON.stringify(own)).stored.map(({ key, value }) => ({ key, value }));
  const configuration = { fingerprint: "fairway-0123456789abcdef", since: from, file: "/var/lib/a.cfg" };
  return { from, isKnown: true, isRunning: true, lostSince: null, configuration, stored };
}

const tooLate = { ...moment("node-1/b"), isKnown: false, stored: [], configuration: null };
const unasked = [{ proxy: "node-2/proxy", reason: "no API_LISTEN there" }];
const ran = (proxy: string) =>
  `${proxy} ran configuration fairway-0123456789abcdef since ${from}; its text is kept in /var/lib/a.cfg there`;
const title = `web_1 (${keyOf(shop, { container: "web_1" }).split("/").at(-1)}) on node node-1: project shop, service web`;
const port = "  port 6379: ready; proxies listen on 6379";
const served = 'yes, at 172.17.0.2:6379: network "bridge" of this node';

describe("why something was routed at a moment", () => {
  const rows: readonly (readonly [
    string,
    string,
    readonly (readonly [string, JournalMoment])[],
    typeof unasked,
    SubcommandAnswer,
  ])[] = [
    [
      "as why says it of now, with the configuration that ran",
      "shop/web",
      [["node-1/a", moment("node-1/a")]],
      [],
      { lines: [`at ${time}:`, title, port, `    node-1/a  ${served}`, "", ran("node-1/a")], notes: [], code: 0 },
    ],
    [
      "partly, where one of two refused it",
      "web_1",
      [
        ["node-1/a", moment("node-1/a")],
        ["node-1/b", moment("node-1/b", "shop2 has it")],
      ],
      [],
      {
        lines: [
          `at ${time}:`,
          title,
          port,
          `    node-1/a  ${served}`,
          "    node-1/b  no: shop2 has it",
          "",
          ran("node-1/a"),
          ran("node-1/b"),
        ],
        notes: [],
        code: 4,
      },
    ],
    [
      "partly, where one could not be asked and the journal of another begins later",
      "6379",
      [
        ["node-1/a", moment("node-1/a")],
        ["node-1/b", tooLate],
      ],
      unasked,
      {
        lines: [`at ${time}:`, title, port, `    node-1/a  ${served}`, "", ran("node-1/a")],
        notes: [`the journal of node-1/b begins at ${from}`, "not asked: node-2/proxy (no API_LISTEN there)"],
        code: 4,
      },
    ],
    [
      "not at all, where nobody knew it, and with what makes a proxy's word doubtful",
      "nobody",
      [
        ["node-1/a", { ...moment("node-1/a"), isRunning: false }],
        ["node-1/b", { ...moment("node-1/b"), lostSince: from }],
      ],
      [],
      {
        lines: [],
        notes: [
          `at ${time}:`,
          'no registrar tells of "nobody": it does not run, it has no label aliyun.proxy.required: "true",',
          "or only its Swarm service has it (below deploy:), or its node has no registrar. Registrars: node-1",
          "node-1/a: no agent ran then; HAProxy went on with what it had",
          `node-1/b had lost the registry since ${from}`,
        ],
        code: 3,
      },
    ],
    [
      "by nobody, where no journal goes back so far",
      "web_1",
      [["node-1/b", tooLate]],
      [],
      { lines: [], notes: [`the journal of node-1/b begins at ${from}`], code: 4 },
    ],
  ];
  for (const [what, asked, answers, others, expected] of rows) {
    it(`is said ${what}`, () => {
      assert.deepEqual(answerAt({ answers: new Map(answers), unasked: others }, asked, time), expected);
    });
  }
});
