import assert from "node:assert/strict";
import { join } from "node:path";
import { runToEnd } from "./readiness.ts";
import { useLab } from "./lab/index.ts";

describe("programs that cannot begin", () => {
  const lab = useLab({ registrars: false, agents: false });
  const node = () => lab().node(1);

  it("end with exit code 2 and every problem at once when settings are bad", async () => {
    const registrar = { ETCD_ENDPOINTS: "etcd", LEASE_TTL: "1s", NODE_ADDRESS: "here", DOCKER_HOST: "docker" };
    const agent = { ETCD_ENDPOINTS: "etcd", MAXCONN: "many", STATS_PORT: "70000", MODE: "udp" };
    for (const [name, env] of [
      ["registrar", registrar],
      ["proxy-agent", agent],
    ] as const) {
      const { code, lines } = await runToEnd(node(), name, env);
      assert.equal(code, 2);
      const told = Object.fromEntries(lines.map((line) => /^(\w+)="(.*)": must be /.exec(line)?.slice(1) ?? [line]));
      assert.deepEqual(told, env);
    }
  });

  it("end with exit code 2 naming the variable when HAProxy refuses the operator's text and nothing runs yet", async () => {
    const env = {
      ETCD_ENDPOINTS: lab().etcd.endpoints,
      STATE_DIR: join(node().directory, "fresh"),
      EXTRA_DEFAULT_SETTINGS: "retries 2,nonsense",
    };
    const { code, lines } = await runToEnd(node(), "proxy-agent", env);
    assert.equal(code, 2);
    assert.match(lines.join("\n"), /^EXTRA_DEFAULT_SETTINGS: .*'nonsense'/m);
    await assert.rejects(node().run("pgrep", "--full", "haproxy .*fresh/"));
  });
});
