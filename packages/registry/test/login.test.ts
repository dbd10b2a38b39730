import assert from "node:assert/strict";
import { EtcdAuthenticationFailedError } from "etcd3";
import { Login } from "../src/etcd/login.ts";

const user = { name: "registrar", password: "secret" };

describe("a login", () => {
  it("is asked for once by many calls", async () => {
    let asked = 0;
    const login = new Login({ user, authenticate: async () => `token ${++asked}` });
    assert.deepEqual(await Promise.all([login.token(), login.token()]), ["token 1", "token 1"]);
  });

  it("carries a call out once more with a new token when etcd no longer takes the one it had", async () => {
    let asked = 0;
    const login = new Login({ user, authenticate: async () => `token ${++asked}` });
    const call = async () => {
      if (login.current === "token 1") throw new Error("etcdserver: revision of auth store is old");
      return login.current;
    };
    assert.equal(await login.run(call), "token 2");
  });

  it("that etcd refuses is asked for ever more seldom, until once in 40 to 60 s", async () => {
    let nowMs = 0;
    const askedAt: number[] = [];
    const authenticate = async () => {
      askedAt.push(nowMs);
      throw new EtcdAuthenticationFailedError("wrong");
    };
    const login = new Login({ user, authenticate, nowMs: () => nowMs });
    for (; nowMs < 600_000; nowMs += 500) await assert.rejects(login.token(), /wrong/);
    const gaps = askedAt.slice(1).map((at, n) => at - (askedAt[n] ?? 0));
    assert.ok(askedAt.length < 25, `${askedAt.length} attempts in 10 min`);
    assert.ok(
      gaps.slice(7).every((gap) => gap >= 40_000 && gap <= 60_500),
      gaps.join(),
    );
  });

  it("that fails because etcd is away is asked for again at once", async () => {
    let asked = 0;
    const authenticate = async () => {
      if (++asked === 1) throw new Error("unavailable");
      return "token";
    };
    const login = new Login({ user, authenticate });
    await assert.rejects(login.token(), /unavailable/);
    assert.equal(await login.token(), "token");
  });
});
