import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateId, readLabelledCertificate } from "@fairway/contract";
import type { CertificateCommand, Listener } from "@fairway/haproxy";
import { LabelCertificates } from "../../src/certificates/label-certificates.ts";
import { PortLists } from "../../src/certificates/port-lists.ts";
import { one, other } from "../../../contract/test/labels/certificates-of-nobody.ts";

type Pem = typeof one;

const textOf = ({ certificate, key }: Pem) => `${certificate}\n${key}`;

/** A listener with a certificate of the label of shop/db. */
function listener(port: number, pem: Pem): Listener {
  const certificates = [{ name: "SSL_CERT of shop/db", id: certificateId(textOf(pem)) }];
  return { port, ssl: true, services: ["shop/db"], settings: { addresses: [], bind: [], certificates }, servers: [] };
}

describe("the certificates of labels by port", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "fairway-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Those of an agent that has written what these listeners have. */
  const written = async (...listeners: readonly Listener[]) => {
    const labels = new LabelCertificates({ isAllowed: true });
    for (const pem of [one, other]) labels.take(textOf(pem));
    const lists = new PortLists({ folder, isStrict: true, labels });
    await lists.open();
    lists.follow(listeners);
    await lists.write();
    return lists;
  };

  it("are told by port, also where two ports have theirs of one service", async () => {
    const lists = await written(listener(443, one), listener(8443, other));
    assert.deepEqual(
      lists.certificates.map(({ name }) => name),
      ["SSL_CERT of shop/db on port 443", "SSL_CERT of shop/db on port 8443"],
    );
  });

  it("are told anew to a HAProxy that an earlier agent left, which may have died before it told them", async () => {
    await written(listener(443, one));
    const lists = await written(listener(443, one));
    const told: CertificateCommand[] = [];
    const outcome = readLabelledCertificate("", textOf(one));
    assert.ok(outcome.ok);
    const held = new Map([[join(folder, "port-443/default.pem"), outcome.certificate.fingerprint]]);
    const haproxy = {
      certificates: async () => held,
      changeCertificates: async (_: string, commands: readonly CertificateCommand[]) => {
        told.push(...commands);
        return "";
      },
      replaceEntries: async () => ({ kind: "done", reason: "" }) as never,
    };
    for (const changes of [1, 0]) assert.deepEqual(await lists.install(haproxy), { changes, problem: "" });
    assert.deepEqual(
      told.map((each) => each.do),
      ["replace"],
    );
  });

  it("are removed from the disk once labels have none, when HAProxy has loaded what names none", async () => {
    await written(listener(443, one));
    assert.deepEqual(await readdir(folder), ["port-443"]);
    const lists = new PortLists({ folder, isStrict: true, labels: undefined });
    await lists.open();
    assert.deepEqual(await readdir(folder), ["port-443"]);
    await lists.onLoaded([]);
    assert.deepEqual(await readdir(folder), []);
  });
});
