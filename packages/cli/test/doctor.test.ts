import assert from "node:assert/strict";
import { codeOf } from "../src/commands/doctor.ts";
import { checks, examine } from "../src/doctor/checks.ts";
import { readSettings } from "../src/doctor/gather-engine.ts";
import { readMember } from "../src/doctor/gather-etcd.ts";
import type { Gathered } from "../src/doctor/gathered.ts";
import { rows } from "./doctor-cases.ts";
import { node, well, withEngine } from "./doctor-cluster.ts";

describe("fairway doctor", () => {
  it("finds nothing where all is well, and ends with 0", () => {
    const found = examine(well);
    assert.deepEqual([...new Set(found.map(({ level }) => level))], ["ok"]);
    assert.deepEqual([...new Set(found.map(({ name }) => name))], Object.keys(checks));
    assert.equal(codeOf(found), 0);
  });

  for (const [name, title, changed, level, text] of rows) {
    it(`finds by ${name} ${title}`, () => {
      const found = examine({ ...well, ...changed }).filter((each) => each.name === name && each.level !== "ok");
      assert.ok(found.length > 0, "it finds nothing");
      assert.equal(found[0]?.level, level);
      assert.match(`${found[0].text}: ${found[0].advice}`, text);
    });
  }

  it("has a bad case for each check", () => {
    assert.deepEqual([...new Set(rows.map(([name]) => name))], Object.keys(checks));
  });

  const unasked = [{ proxy: "node-2/proxy", reason: "no API_LISTEN there" }];

  it("ends with 3 for what breaks, with 4 for what could not be asked, and with 0 for hints", () => {
    const code = (changed: Partial<Gathered>) => codeOf(examine({ ...well, ...changed }));
    assert.deepEqual([code({ unasked }), code(withEngine({ isLiveRestored: false }))], [4, 0]);
    assert.equal(code({ unasked, nodes: [{ ...node, synced: false }] }), 3);
  });

  it("reads what a member of etcd says of itself", () => {
    const metrics = [
      "# HELP etcd_server_has_leader x",
      "etcd_debugging_mvcc_compact_revision -1",
      "etcd_debugging_mvcc_current_revision 12",
      "etcd_mvcc_db_total_size_in_bytes 20480",
      "etcd_mvcc_db_total_size_in_use_in_bytes 16384",
      "etcd_server_has_leader 1",
      "etcd_server_quota_backend_bytes 2.147483648e+09",
      'etcd_server_version{server_version="3.4.23"} 1',
    ].join("\n");
    const answer = {
      version: "3.4.23",
      hasLeader: true,
      trouble: "",
      quota: 2 ** 31,
      size: 20480,
      inUse: 16384,
      history: 12,
    };
    assert.deepEqual(readMember(metrics, '{"health":"true"}'), { ok: true, answer });
    const ill = readMember(metrics, '{"health":"false","reason":"ALARM NOSPACE"}');
    assert.equal(ill.ok && ill.answer.trouble, "ALARM NOSPACE");
    assert.equal(readMember("404 page not found", "").ok, false);
  });

  it("reads dockerd's settings of its command line, then of its file", () => {
    const both = { iptables: true, userlandProxy: true };
    assert.deepEqual(readSettings(["dockerd"], undefined), both);
    assert.deepEqual(readSettings(["dockerd", "--iptables=false"], "{}"), { ...both, iptables: false });
    assert.deepEqual(readSettings(["dockerd"], '{"userland-proxy": false}'), { ...both, userlandProxy: false });
    assert.deepEqual(readSettings(["dockerd", "--userland-proxy=true"], '{"userland-proxy": false}'), both);
    assert.deepEqual(readSettings(["dockerd"], "not JSON"), both);
  });
});
