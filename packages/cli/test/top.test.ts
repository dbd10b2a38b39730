import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { displayWidth, type ServicesAnswer } from "@fairway/contract";
import { ProgramExit } from "@fairway/program";
import { top } from "../src/commands/top.ts";
import { type FiguresReadings, serviceRows } from "../src/top/figures.ts";
import { topLines } from "../src/top/screen.ts";

type Figures = ServicesAnswer["services"][number];

const figures = (service: string, facts: Partial<Figures> = {}): Figures => ({
  project: "shop",
  service,
  servers: { up: 2, down: 0, drain: 0, maint: 0 },
  current: 0,
  queued: 0,
  sessions: 0,
  receivedBytes: 0,
  sentBytes: 0,
  connectErrors: 0,
  connectMs: null,
  ...facts,
});

/** What proxies answered at a time. */
const readings = (atMs: number, proxies: Readonly<Record<string, readonly Figures[]>>): FiguresReadings =>
  new Map(Object.entries(proxies).map(([proxy, services]) => [proxy, { atMs, services }]));

const rowsOf = (before: FiguresReadings, now: FiguresReadings) =>
  serviceRows(before, now).map(({ service, up, servers, connections, queued, ...rates }) =>
    [service, `${up}/${servers}`, connections, queued, ...Object.values(rates)].join(" "),
  );

describe("what services do, by two looks at the proxies", () => {
  const none = readings(0, {});
  for (const [what, before, now, rows] of [
    ["nothing of nobody", none, none, []],
    [
      "no rate at the first look",
      none,
      readings(1000, { a: [figures("web", { current: 3, sessions: 9 })] }),
      ["shop/web 2/2 3 0    "],
    ],
    [
      "what was counted in between, a second",
      readings(1000, { a: [figures("web", { sessions: 10, receivedBytes: 100, sentBytes: 0, connectErrors: 1 })] }),
      readings(3000, { a: [figures("web", { sessions: 30, receivedBytes: 300, sentBytes: 5000, connectErrors: 2 })] }),
      ["shop/web 2/2 0 0 10 100 2500 0.5"],
    ],
    [
      "all proxies together, with the fewest servers up",
      readings(0, { a: [figures("web")], b: [figures("web")] }),
      readings(1000, {
        a: [figures("web", { sessions: 5, current: 1, queued: 2 })],
        b: [figures("web", { sessions: 7, current: 4, servers: { up: 1, down: 1, drain: 0, maint: 0 } })],
      }),
      ["shop/web 1/2 5 2 12 0 0 0"],
    ],
    [
      "a service that is new from 0 on, and nothing below it where an agent counts anew",
      readings(0, { a: [figures("old", { sessions: 900 })] }),
      readings(1000, { a: [figures("old", { sessions: 3 }), figures("new", { sessions: 4 })] }),
      ["shop/new 2/2 0 0 4 0 0 0", "shop/old 2/2 0 0 0 0 0 0"],
    ],
    [
      "the busiest first, then who has most connections, then by name",
      readings(0, { a: [figures("a"), figures("b"), figures("c"), figures("d")] }),
      readings(1000, { a: [figures("b"), figures("a"), figures("c", { current: 1 }), figures("d", { sessions: 1 })] }),
      ["shop/d 2/2 0 0 1 0 0 0", "shop/c 2/2 1 0 0 0 0 0", "shop/a 2/2 0 0 0 0 0 0", "shop/b 2/2 0 0 0 0 0 0"],
    ],
  ] as const) {
    it(`is ${what}`, () => assert.deepEqual(rowsOf(before, now), rows));
  }
});

describe("the screen of fairway top", () => {
  const before = readings(0, {
    a: [figures("web"), figures("db"), figures("長い名前のサービスです長い名前のサービス\u001b[31m")],
  });
  const now = readings(1000, {
    a: [
      figures("web", { sessions: 1234, receivedBytes: 1_234_567, sentBytes: 9_876_543_210, current: 17, queued: 3 }),
      figures("db", {
        sessions: 2,
        receivedBytes: 999,
        connectErrors: 1,
        servers: { up: 1, down: 2, drain: 0, maint: 0 },
      }),
      figures("長い名前のサービスです長い名前のサービス\u001b[31m"),
    ],
  });
  const view = {
    time: "14:05:07",
    proxies: 1,
    services: serviceRows(before, now),
    notes: ["not asked: n2/proxy (no API_LISTEN there)"],
  };

  it("has 80 columns, whatever strangers called their services, and says who was not asked", () => {
    const lines = topLines(view, { columns: 80, rows: 24 });
    assert.deepEqual(lines, [
      "fairway top  14:05:07  proxies 1  services 3  connections 17",
      "",
      "SERVICE                           UP  CONNS QUEUE   NEW/S    IN/S   OUT/S  ERR/S",
      "shop/web                         2/2     17     3    1234    1.2M    9.9G      0",
      "shop/db                          1/3      0     0     2.0     999       0    1.0",
      "shop/長い名前のサービスです長…    2/2      0     0       0       0       0      0",
      "not asked: n2/proxy (no API_LISTEN there)",
    ]);
    assert.ok(lines.every((line) => displayWidth(line) <= 80));
  });

  it("fits into what there is, and says how many services are left out", () => {
    for (const [columns, rows] of [
      [80, 6],
      [60, 7],
      [200, 8],
      [10, 1],
    ] as const) {
      const lines = topLines(view, { columns, rows });
      assert.ok(lines.length <= Math.max(rows, 6), `${lines.length} lines in ${rows}`);
      for (const line of lines) assert.ok(displayWidth(line) <= Math.max(columns, 60), line);
    }
    assert.ok(topLines(view, { columns: 80, rows: 6 }).includes("2 more, which do less"));
  });
});

describe("fairway top without a registry", () => {
  const options = (port: number) => ({ options: { etcd: `http://127.0.0.1:${port}` } });
  const output = (written: string[]) => ({
    print: () => undefined,
    note: () => undefined,
    unread: new AbortController().signal,
    terminal: {
      write: (text: string) => void written.push(text),
      size: () => ({ columns: 80, rows: 24 }),
    },
  });
  const sockets: Socket[] = [];
  const listen = async () => {
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    return { silent, port: (silent.address() as AddressInfo).port };
  };
  const close = (server: Server) => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };

  it("ends and says so, with the terminal as it was before", async () => {
    const { silent, port } = await listen();
    await close(silent);
    const written: string[] = [];
    await assert.rejects(
      top({}, new AbortController().signal, options(port), output(written)),
      (error) => error instanceof ProgramExit && error.lines.some((line) => line.includes("does not answer")),
    );
    assert.match(written.at(-1) ?? "", /\u001b\[\?1049l$/);
  });

  it("ends as soon as it is interrupted, also while it waits for an answer", async () => {
    const { silent, port } = await listen();
    const stop = new AbortController();
    const asked = new Promise((resolve) => silent.once("connection", resolve));
    const written: string[] = [];
    const ended = top({}, stop.signal, options(port), output(written));
    await asked;
    const abortedAt = performance.now();
    stop.abort();
    assert.deepEqual(await ended, { lines: [] });
    assert.ok(performance.now() - abortedAt < 2000);
    assert.match(written.at(-1) ?? "", /\u001b\[\?1049l$/);
    await close(silent);
  });
});
