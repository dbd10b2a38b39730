import assert from "node:assert/strict";
import { idleLogLines, parseConnection } from "../src/connection-log.ts";
import { ownLine } from "../src/lines.ts";

/** As HAProxy 2.6 wrote it. */
const line = (words: string) =>
  `<142>1 2026-11-29T21:53:03.007991+00:00 - haproxy 508 - [fairway@0 c="${words}"] 127.0.0.1:38992 [29/Nov/2026:21:53:01.005] port_7000 port_7000/s.a.b 1/0/2002 0 cD 1/1/0/0/0 0/0`;

describe("a line of the log of connections", () => {
  it("is read", () => {
    assert.deepEqual(
      parseConnection(line("508 3 2001:db8::1 38992 port_7000 port_7000 s.a.b 5 70 1 0 2002 cD 1795989181 005 - 2s")),
      {
        pid: 508,
        number: 3,
        frontend: "port_7000",
        listener: 7000,
        isPassedOn: false,
        client: { ip: "2001:db8::1", port: 38992 },
        server: "s.a.b",
        receivedBytes: 5,
        sentBytes: 70,
        queueMs: 1,
        connectMs: 0,
        durationMs: 2002,
        state: "cD",
        startMs: 1_795_989_181_005,
        idleMs: 2000,
      },
    );
  });

  it("tells of no server, of no time and of no IDLE where there was none", () => {
    const read = parseConnection(
      line("508 0 127.0.0.1 1 port_7004 port_7004 <NOSRV> 1 0 -1 -1 0 SC 1795989180 992 - -"),
    );
    assert.deepEqual(
      [read?.server, read?.queueMs, read?.connectMs, read?.idleMs],
      [undefined, undefined, undefined, undefined],
    );
    const held = parseConnection(
      line("508 0 127.0.0.1 1 port_7004 port_7004 waiting 1 0 1 -1 0 SC 1795989180 992 - -"),
    );
    assert.equal(held?.server, undefined);
  });

  it("tells of the name that was asked for, and of what is opened and logged once more", () => {
    const end = "s.a.b 1 0 1 1 0 -- 1795989180 992";
    const read = (sections: string, route: string) =>
      parseConnection(line(`508 0 127.0.0.1 1 ${sections} ${end} ${route} -`));
    const shown = (sections: string, route = "-") => {
      return [read(sections, route)?.listener, read(sections, route)?.isPassedOn];
    };
    assert.deepEqual(shown("port_443 port_443.:.example.com"), ["443,*.example.com", false]);
    assert.deepEqual(shown("port_443:tls port_443.db.example.com"), ["443,db.example.com", false]);
    assert.deepEqual(shown("port_443:tls port_443:tls"), [443, false]);
    assert.deepEqual(shown("port_443 port_443:opened"), [443, true]);
    const spare = "spare:0123abcd.2";
    assert.deepEqual(shown(`port_443 ${spare}`, "*.example.com"), ["443,*.example.com", false]);
    assert.deepEqual(shown(`port_443 ${spare}`, "a..b"), [443, false]);
  });

  for (const other of [
    "<140>1 2026-11-29T21:53:04.256690+00:00 - haproxy 508 - - Proxy port_7000 stopped",
    line("508 0 127.0.0.1 1 fairway_stats fairway_stats s.a.b 1 0 1 1 0 -- 1795989180 992 - -"),
    line("508 0 127.0.0.1 1 port_1 port_1 s.a.b 1 0"),
    line("x 0 127.0.0.1 1 port_1 port_1 s.a.b 1 0 1 1 0 -- 1795989180 992 - -"),
    line("508 0 127.0.0.1 1 port_1 port_1 s.a.b 1 0 1 1 0 -- 1795989180 992 - - 17"),
    '[fairway@0 c="',
    "",
  ]) {
    it(`is none of ours: ${other.slice(0, 120)}`, () => assert.equal(parseConnection(other), undefined));
  }

  it("has the time of IDLE, and a listener with one logs clients that said nothing", () => {
    const lines = idleLogLines([ownLine("balance source"), ownLine("timeout tunnel 10m")]).map(({ text }) => text);
    assert.match(lines[0] ?? "", /^log-format-sd ".* 10m\\"\]"$/);
    assert.deepEqual(lines.slice(1), ["no option dontlognull"]);
    assert.deepEqual(idleLogLines([ownLine("timeout client 10m")]), []);
  });
});
