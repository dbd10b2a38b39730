import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { scram } from "../../src/roles/scram.ts";

const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** What a server that knows a password makes of an exchange: whether the client knows it too, and its own last message. */
function serverSide(password: string, exchange: { first: string; serverFirst: string; final: string }) {
  const salted = pbkdf2Sync(password, Buffer.from("c2FsdA==", "base64"), 4096, 32, "sha256");
  const [withoutProof = "", proof = ""] = exchange.final.split(",p=");
  const signed = `${exchange.first.slice(3)},${exchange.serverFirst},${withoutProof}`;
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  const signature = hmac(storedKey, signed);
  const clientKey = Buffer.from(proof, "base64").map((byte, at) => byte ^ (signature[at] ?? 0));
  const isKnown = createHash("sha256").update(clientKey).digest().equals(storedKey);
  return { isKnown, last: `v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}` };
}

describe("SCRAM", () => {
  const serverFirst = "r=mineyours,s=c2FsdA==,i=4096";

  it("proves that it knows the password to a server that does, and knows one that does not", async () => {
    const login = scram("pencil", "mine");
    const exchange = { first: login.first, serverFirst, final: await login.answer(serverFirst) };
    const [right, wrong] = [serverSide("pencil", exchange), serverSide("pen", exchange)];
    assert.deepEqual([right.isKnown, wrong.isKnown], [true, false]);
    assert.deepEqual(
      [login.isProven(right.last), login.isProven(wrong.last), login.isProven("e=no")],
      [true, false, false],
    );
    assert.equal(exchange.final.includes("pencil"), false);
  });

  it("reckons beside the event loop, however many rounds a server asks for", async () => {
    const answer = scram("pencil", "mine").answer("r=mineyours,s=c2FsdA==,i=100000");
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    assert.equal(isAnswered, false);
    assert.match(await answer, /^c=biws,r=mineyours,p=/);
  });

  it("answers nobody who sends back another nonce, or asks for millions of rounds", async () => {
    for (const first of [
      "r=yours,s=c2FsdA==,i=4096",
      "r=mine,s=c2FsdA==,i=4096",
      "r=mineyours,s=c2FsdA==,i=4000000",
      "hello",
    ])
      await assert.rejects(scram("pencil", "mine").answer(first), /answers SCRAM otherwise/);
  });
});
