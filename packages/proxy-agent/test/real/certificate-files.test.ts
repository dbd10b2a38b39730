import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CertificateFiles } from "../../src/certificates/certificate-files.ts";
import { readCertificate, type ServerCertificate } from "@fairway/contract";
import { readSource } from "../../src/certificates/certificate-sources.ts";
import { chooseCertificates } from "../../src/certificates/choose-certificates.ts";
import { makeCertificate, pemOf, type Made } from "./kit/certificates.ts";

function certificateOf(name: string, made: Made): ServerCertificate {
  const outcome = readCertificate(name, [pemOf(made)]);
  assert.ok(outcome.ok);
  return outcome.certificate;
}

const nobody = 65534;

/** Acts as a user who is not root, whom these files are not of. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  process.seteuid?.(nobody);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}

describe("certificates", () => {
  let folder: string;
  let a: Made;
  let b: Made;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairway-certificate-files-"));
    [a, b] = await Promise.all([makeCertificate("a.example"), makeCertificate("b.example")]);
  });
  after(() => rm(folder, { recursive: true }));

  it("are read back as they were written, with the authorities of clients, in files of ours alone", async () => {
    const files = new CertificateFiles(join(folder, "written"));
    const material = {
      certificates: [certificateOf("a.pem", a), certificateOf("sub/b\n.pem", b)],
      authorities: a.certificate,
    };
    const changed = new Set<string>();
    await files.write(material, changed);
    const [first, second] = material.certificates;
    assert.deepEqual((await files.read()).authorities, a.certificate);
    assert.deepEqual((await files.read()).certificates, [first, { ...second, name: "sub/b?.pem" }]);
    for (const name of await readdir(join(folder, "written"))) {
      assert.equal((await stat(join(folder, "written", name))).mode & 0o777, 0o600);
    }
    assert.equal((await stat(join(folder, "written"))).mode & 0o777, 0o700);
  });

  it("that are served no more stay until they are tidied up, and only what differs is written", async () => {
    const files = new CertificateFiles(join(folder, "tidied"));
    const both = { certificates: [certificateOf("a.pem", a), certificateOf("b.pem", b)], authorities: b.certificate };
    const one = { certificates: [certificateOf("a.pem", a)], authorities: undefined };
    await files.write(both, new Set());
    const changed = new Set<string>();
    await files.write(one, changed);
    assert.deepEqual([...changed].sort(), [files.list, files.names]);
    const left = async () => (await readdir(join(folder, "tidied"))).length;
    assert.equal(await left(), 5);
    await files.tidy(one);
    assert.deepEqual((await readdir(join(folder, "tidied"))).sort(), ["default.pem", "list", "names"]);
    await files.tidy({ certificates: [], authorities: undefined });
    assert.equal(await left(), 0);
  });

  it("that the proxy may not read are told each by itself, and a folder that it may not read takes none away", async () => {
    const open = join(folder, "open");
    await mkdir(open);
    await chmod(folder, 0o755);
    await writeFile(join(open, "a.pem"), pemOf(a), { mode: 0o644 });
    await writeFile(join(open, "b.pem"), pemOf(b), { mode: 0o600 });
    const source = { folder: open, variables: new Map<string, string>() };
    const held = [certificateOf("a.pem", a), certificateOf("b.pem", b)];
    const one = chooseCertificates(await asNobody(() => readSource(source)), [], Date.now());
    assert.deepEqual(one.serve, held.slice(0, 1));
    assert.match(one.problems.join(), /^b\.pem: EACCES: permission denied/);
    await chmod(open, 0o700);
    const closed = await asNobody(() => readSource(source));
    assert.deepEqual(chooseCertificates(closed, [], Date.now()).serve, []);
    const still = chooseCertificates(closed, held, Date.now());
    assert.deepEqual(still.serve, held);
    assert.match(
      still.problems.join(),
      /^certificates cannot be read: EACCES: .*; those that were there are served still$/,
    );
  });

  it("are refused with what is wrong, without the text of a key", async () => {
    await writeFile(join(folder, "key"), a.key);
    const openssl = promisify(execFile);
    const encrypt = (...args: readonly string[]) => openssl("openssl", args, { cwd: folder });
    const [pkcs8, old] = [
      await encrypt("pkcs8", "-topk8", "-in", "key", "-passout", "pass:x"),
      await encrypt("ec", "-in", "key", "-aes256", "-passout", "pass:x"),
    ];
    const reasonOf = (...texts: readonly string[]) => {
      const outcome = readCertificate("a.pem", texts);
      return outcome.ok ? "" : outcome.reason;
    };
    assert.equal(reasonOf(a.certificate, pkcs8.stdout), "its private key cannot be read, or needs a password");
    assert.equal(reasonOf(a.certificate, old.stdout), "its private key cannot be read, or needs a password");
    assert.equal(reasonOf(a.certificate), "holds no private key");
    assert.equal(reasonOf(a.key), "holds no certificate (PEM)");
    assert.equal(reasonOf(a.certificate, b.key), "its private key belongs to another certificate");
    assert.equal(reasonOf(a.certificate, a.key, b.key), "holds 2 private keys: one is allowed");
    assert.equal(reasonOf(a.certificate.replace("M", "!"), a.key), "its certificate number 1 cannot be read");
    assert.equal(reasonOf("surprise"), "holds no certificate (PEM)");
  });
});
