import assert from "node:assert/strict";
import { chooseAuthorities, type Authority, type FolderReading } from "../../src/certificates/choose-authorities.ts";
import { readAuthorities } from "../../src/certificates/client-authorities.ts";
import { makeCertificate } from "../real/kit/certificates.ts";

const day = 24 * 3600 * 1000;

describe("authorities of clients", () => {
  it("are told once they have expired, as no client gets in by them", async () => {
    const [living, old] = await Promise.all([makeCertificate("a"), makeCertificate("b", { days: -1 })]);
    const text = `${living.certificate}${old.key}${old.certificate}`;
    const read = await readAuthorities({ text: text.replaceAll("\n", "\\n") }, Date.now());
    assert.ok(read.ok);
    assert.equal(read.pem, living.certificate + old.certificate);
    assert.match(read.problems.join(), /^CA_CERT: its certificate number 2 expired on [^,]+$/);
  });
});

describe("authorities of servers", () => {
  let pem: Readonly<Record<"a" | "b" | "old", string>>;

  before(async () => {
    const [a, b, old] = await Promise.all([
      makeCertificate("a"),
      makeCertificate("b"),
      makeCertificate("c", { days: -1 }),
    ]);
    pem = { a: a.certificate, b: b.certificate, old: old.certificate };
  });

  function choose(texts: Readonly<Record<string, string>> | undefined, held: readonly Authority[] = []) {
    const gone = { ok: false, reason: "ENOENT" } as const;
    const reading: FolderReading = texts ? { ok: true, texts: new Map(Object.entries(texts)) } : gone;
    const { trust, problems } = chooseAuthorities(reading, held, Date.now());
    return { trust, problems, texts: trust.map((each) => each.pem) };
  }

  it("are those of all files, each once, whatever else stands in them", () => {
    const { texts, problems } = choose({ "a.pem": `words\n${pem.a}more`, "both.crt": pem.b + pem.a });
    assert.deepEqual(texts, [pem.a.trim(), pem.b.trim()]);
    assert.deepEqual(problems, []);
  });

  it("are without the expired, and without what cannot be read, which is told", () => {
    const bad = pem.b.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
    const { texts, problems } = choose({ "1": pem.old + pem.a, "2": bad, "3": "none" });
    assert.deepEqual(texts, [pem.a.trim()]);
    assert.match(problems[0] ?? "", /^1: its certificate number 1 expired on /);
    assert.deepEqual(problems.slice(1), [
      "2: its certificate number 1 cannot be read",
      "3: holds no certificate (PEM)",
    ]);
  });

  it("go when others are left, and stay when none is or the folder cannot be read", () => {
    const held = choose({ "a.pem": pem.a, "b.pem": pem.b }).trust;
    assert.deepEqual(choose({ "b.pem": pem.b }, held).texts, [pem.b.trim()]);
    for (const [texts, told] of [
      [{}, /^no authority of servers is left; those/],
      [undefined, /cannot be read: ENOENT; those/],
    ] as const) {
      const { trust, problems } = choose(texts, held);
      assert.equal(trust, held);
      assert.match(problems[0] ?? "", told);
    }
    assert.ok(held.every(({ expiresAt }) => expiresAt > Date.now() + 20 * day));
  });

  it("are trusted no more once they have expired, also while the folder cannot be read", () => {
    const held = choose({ "a.pem": pem.a, "b.pem": pem.b }).trust;
    const [first, second] = held;
    assert.ok(first && second);
    const aged = [{ ...first, expiresAt: Date.now() - day }, second];
    for (const texts of [undefined, {}, { "a.pem": pem.old }]) {
      assert.deepEqual(choose(texts, aged).trust, [second]);
      assert.deepEqual(choose(texts, aged.slice(0, 1)).trust, []);
    }
  });
});
