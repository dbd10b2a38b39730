import assert from "node:assert/strict";
import { planCertificates } from "../../src/certificates/plan-certificates.ts";

const served = (...files: readonly string[]) =>
  files.map((file) => ({ file, pem: `pem of ${file}`, fingerprint: `${file}1` }));

describe("changes of certificates at run time", () => {
  const rows: readonly (readonly [
    title: string,
    held: Readonly<Record<string, string>>,
    files: readonly string[],
    changed: readonly string[],
    commands: readonly string[],
  ])[] = [
    ["are none of those that are held", { a: "a1", b: "b1" }, ["a", "b"], [], []],
    ["add what is not held", { a: "a1" }, ["a", "b"], [], ["add b"]],
    ["replace another certificate", { a: "a0" }, ["a"], [], ["replace a"]],
    ["replace the same certificate with another chain", { a: "a1" }, ["a"], ["a"], ["replace a"]],
    ["remove what is no longer served, last", { a: "a0", c: "c1" }, ["a", "b"], [], ["add b", "replace a", "remove c"]],
  ];
  for (const [title, held, files, changed, commands] of rows) {
    it(title, () => {
      const plan = planCertificates(new Map(Object.entries(held)), served(...files), new Set(changed));
      const words = plan.map((each) => `${each.do} ${each.do === "remove" ? each.file : each.certificate.file}`);
      assert.deepEqual(words, commands);
    });
  }
});
