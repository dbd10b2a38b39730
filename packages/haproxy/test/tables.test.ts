import assert from "node:assert/strict";
import { parseServersState } from "../src/tables/server-state.ts";
import { parseShowProc } from "../src/tables/show-proc.ts";
import { parseRefused, parseShowInfo, parseShowSess, parseShowStat } from "../src/tables/worker.ts";

/** Answers as HAProxy 2.6.12 gave them. */
const stateHeader =
  "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n";

describe("show servers state", () => {
  const state = (line: string) => parseServersState(`${stateHeader}${line}\n`)[0];
  const up = {
    listener: 18001,
    name: "a",
    ip: "127.0.0.1",
    port: 19001,
    isInMaintenance: false,
    isDrained: false,
    weight: 1,
    isUp: true,
    unchangedS: 7,
  };
  const rows: readonly (readonly [string, string, object])[] = [
    ["up", "2 port_18001 1 a 127.0.0.1 2 0 1 1 7 6 3 4 6 0 0 0 - 19001 - 0 0 - - 0", up],
    [
      "down",
      "2 port_18001 3 a 127.0.0.1 0 0 1 1 6 8 2 0 6 0 0 0 - 19001 - 0 0 - - 0",
      { ...up, isUp: false, unchangedS: 6 },
    ],
    [
      "down, as it answered something else",
      "2 port_18001 3 a 127.0.0.1 0 0 1 1 6 13 2 0 6 0 0 0 - 19001 - 0 0 - - 0",
      { ...up, isUp: false, unchangedS: 6, isAnsweringOtherwise: true },
    ],
    [
      "down, with another check under way",
      "2 port_18001 3 a 127.0.0.1 0 0 1 1 6 2 0 0 7 0 0 0 - 19001 - 0 0 - - 0",
      { ...up, isUp: false, unchangedS: 6 },
    ],
    [
      "not checked yet",
      "2 port_18001 3 a 127.0.0.1 2 0 1 1 1 1 0 2 6 0 0 0 - 19001 - 0 0 - - 0",
      { ...up, unchangedS: 1 },
    ],
    [
      "without a check",
      "2 port_18001 3 a 127.0.0.1 2 0 1 1 1 1 3 2 0 0 0 0 - 19001 - 0 0 - - 0",
      { ...up, unchangedS: 1 },
    ],
    ["weight 0", "2 port_18001 1 a 127.0.0.1 2 0 0 1 7 6 3 4 6 0 0 0 - 19001 - 0 0 - - 0", { ...up, weight: 0 }],
    [
      "maint",
      "2 port_18001 1 a 127.0.0.1 0 1 1 1 7 6 3 4 14 0 0 0 - 19001 - 0 0 - - 0",
      { ...up, isUp: false, isInMaintenance: true },
    ],
    [
      "state drain",
      "2 port_18001 1 a 127.0.0.1 2 8 1 1 7 6 3 4 6 0 0 0 - 19001 - 0 0 - - 0",
      { ...up, isDrained: true },
    ],
    ["IPv6", "2 port_18001 1 a 2001:db8::1 2 0 1 1 7 6 3 4 6 0 0 0 - 19001 - 0 0 - - 0", { ...up, ip: "2001:db8::1" }],
  ];

  for (const [name, line, expected] of rows) it(`reads ${name}`, () => assert.deepEqual(state(line), expected));

  it("leaves out sections that are not listeners, and takes none for none", () => {
    assert.equal(state("3 other 1 a 127.0.0.1 2 0 1 1 7 6 3 4 6 0 0 0 - 19001 - 0 0 - - 0"), undefined);
    assert.deepEqual(parseServersState(stateHeader), []);
  });

  it("finds columns by their names", () => {
    const answer =
      "1\n# srv_name be_name srv_uweight srv_admin_state srv_op_state new_column srv_addr srv_port srv_check_state\na port_1 5 0 2 x ::1 7 6\n";
    assert.equal(parseServersState(answer)[0]?.weight, 5);
  });

  it("refuses another answer", () =>
    assert.throws(() => parseServersState("Permission denied\n"), /not a servers state/));
});

describe("show proc", () => {
  const header = "#<PID>          <type>          <reloads>       <uptime>        <version>      \n";
  const row = (pid: number, type: string, reloads: string) =>
    `${pid}            ${type}          ${reloads}     0d00h15m02s     2.6.12-1+deb12u4\n`;
  const end = "# programs\n\n";

  it("reads master, worker and old workers, oldest first", () => {
    const answer = `${header}${row(6611, "master", "3 [failed: 0]")}# workers\n${row(15745, "worker", "0")}# old workers\n${row(9022, "worker", "1")}${row(8000, "worker", "2")}${end}`;
    const expected = { masterPid: 6611, reloads: 3, failedReloads: 0, workers: [15745], oldWorkers: [8000, 9022] };
    assert.deepEqual(parseShowProc(answer), expected);
  });

  it("reads a failed reload, and a master that does not count failures", () => {
    const answer = `${header}${row(6611, "master", "2 [failed: 1]")}# workers\n${row(9022, "worker", "1")}${end}`;
    assert.equal(parseShowProc(answer).failedReloads, 1);
    assert.equal(parseShowProc(`${header}${row(1, "master", "2")}`).failedReloads, 0);
  });

  it("refuses another answer", () => assert.throws(() => parseShowProc(""), /not an answer to show proc/));
});

describe("show info", () => {
  it("reads the worker", () => {
    const answer =
      "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: 6619\nUlimit-n: 20000\nMaxconn: 9979\ndescription: a: b\nStopping: 0\n";
    const expected = {
      pid: 6619,
      description: "a: b",
    };
    assert.deepEqual(parseShowInfo(answer), expected);
  });

  it("refuses another answer", () => assert.throws(() => parseShowInfo("nothing"), /not an answer to show info/));
});

describe("show sess", () => {
  it("reads sessions that go to servers of ours", () => {
    const answer =
      "0x55d734e5de30: proto=tcpv4 src=127.0.0.1:58320 fe=port_18001 be=port_18001 srv=a.b ts=00 epoch=0 age=4s\n" +
      "0x7f8af0039e30: proto=sockpair src=unix:2 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0\n" +
      "0x7f8af0039e31: proto=tcpv4 src=127.0.0.1:1 fe=fairway_stats be=fairway_stats srv=<STATS> ts=00\n";
    assert.deepEqual(parseShowSess(answer), [{ id: "0x55d734e5de30", listener: 18001, server: "a.b" }]);
    assert.deepEqual(parseShowSess(""), []);
  });
});

describe("show stat", () => {
  it("reads how busy servers are, queued sessions too", () => {
    const answer =
      "# pxname,svname,qcur,qmax,scur,smax,type,\nport_1,FRONTEND,,,9,9,0,\nport_1,a,1,0,2,9,2,\nother,b,0,0,2,9,2,\n";
    assert.deepEqual(parseShowStat(answer), [{ listener: 1, name: "a", sessions: 3 }]);
  });

  it("refuses another answer", () =>
    assert.throws(() => parseShowStat("No such proxy.\n"), /not an answer to show stat/));
});

describe("what is refused, as HAProxy counts it", () => {
  const row = (key: string) => `0x5587a18891d0: key=${key} use=0 exp=59000 shard=0 gpc0=3`;

  for (const [key, expected] of [
    ["6380.allow.17959-5986", { listener: 6380, reason: "allow", count: 3, worker: "17959-5986" }],
    ["6380.allow/2001:db8::1", { listener: 6380, reason: "allow", count: 3, source: "2001:db8::1" }],
    [
      "6380:*.shop.example.com.deny.17959-5986",
      { listener: "6380,*.shop.example.com", reason: "deny", count: 3, worker: "17959-5986" },
    ],
    [
      "6380:db.example.com.rate/192.0.2.1",
      { listener: "6380,db.example.com", reason: "rate", count: 3, source: "192.0.2.1" },
    ],
  ] as const) {
    it(`is read: ${key}`, () => assert.deepEqual(parseRefused(row(key)), [expected]));
  }
});
