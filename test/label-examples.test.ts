import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { labelTable, type Label } from "@fairway/contract";
import { makeCertificate } from "../packages/proxy-agent/test/real/kit/certificates.ts";
import { ask } from "./ask-addon.ts";
import { plainServer, sights, type Sight } from "./label-examples.ts";
import { agentStatus, composeLabels, eventually, proxyLabels, registrarStatus, useLab } from "./lab/index.ts";
import type { LabContainer } from "./lab/index.ts";
import { serversAt } from "./told.ts";

/** Containers start all at once. */
const within = 60_000;

/** The container of a label's example. */
type Shown = {
  readonly label: string;
  readonly example: string;
  readonly sight: Sight;
  readonly service: string;
  readonly front: number;
  readonly container: LabContainer;
};

type EndpointRecord = {
  readonly state: string;
  readonly claims: unknown;
  readonly settings: Readonly<Record<string, string>>;
  readonly container: { readonly startedAt: string };
  readonly reportedAt: string;
};

function shortName({ name }: Pick<Label, "name">): string {
  return name.replace("aliyun.proxy.", "");
}

function sightOf(label: Pick<Label, "name">): Sight {
  return sights[shortName(label)] ?? assert.fail(`${label.name}: nothing says where its example is seen`);
}

describe("the example of the label", () => {
  const lab = useLab({ agents: false });
  const node = () => lab().node(1);
  const shown = new Map<string, Shown>();

  before(async function () {
    this.timeout(300_000);
    const authorities = join(lab().directory, "authorities");
    await mkdir(authorities);
    await writeFile(join(authorities, "ca.pem"), (await makeCertificate("ca.example.com")).certificate);
    await node().agent.start({ SERVER_CA_FOLDER: authorities });
    const waiting = labelTable.map((label, index) => ({ label, service: `s${index}`, usual: 7100 + index }));
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await show(next);
    };
    await Promise.all(Array.from({ length: 6 }, work));
  });

  async function show({
    label,
    service,
    usual,
  }: {
    readonly label: Label;
    readonly service: string;
    readonly usual: number;
  }) {
    const sight = sightOf(label);
    const { front = usual, beside = {} } = sight;
    const name = label.name.endsWith("_") ? `${label.name}6379` : label.name;
    const labels = {
      ...composeLabels("shop", service),
      ...proxyLabels(`${front}:6379`),
      ...beside,
      [name]: label.example,
    };
    // A port that its label names as well is served by something too.
    const command = ["sh", "-c", "socat TCP-LISTEN:80,fork,reuseaddr OPEN:/dev/null & exec redis-server --save ''"];
    const container = await node().runContainer({ labels, command, publish: ["6379"] });
    shown.set(label.name, { label: label.name, example: label.example, sight, service, front, container });
  }

  const at = (label: string) => shown.get(label) ?? assert.fail(`no container for ${label}`);

  async function recordOf({ service, container }: Shown, port = 6379): Promise<EndpointRecord> {
    const [record] = await lab().etcd.keys(
      `/fairway/v1/endpoints/shop/${service}/${port}/n1/${container.id.slice(0, 12)}`,
    );
    return JSON.parse(record?.value ?? assert.fail(`no record of ${service}`)) as EndpointRecord;
  }

  async function codesOf({ container: { id } }: Shown): Promise<readonly string[]> {
    const { rejections } = await registrarStatus(node().registrar);
    const refused = (await agentStatus(node().agent)).rejections.filter(({ key }) => key.endsWith(id.slice(0, 12)));
    return [...rejections.filter(({ container }) => container.id === id), ...refused].map(({ code }) => code);
  }

  /** The lines of a listener in haproxy.cfg. */
  async function sectionOf(port: number): Promise<readonly string[]> {
    const text = await readFile(join(node().stateDir, "haproxy.cfg"), "utf8");
    const [, section = ""] = text.split(`listen port_${port}\n`);
    return (section.split(/\n(?=\S)/)[0] ?? "").split("\n").map((line) => line.trim());
  }

  async function entriesOf({ front, sight: { list } }: Shown): Promise<readonly string[]> {
    const file = join(node().stateDir, "lists", `port_${front}.${list?.kind}`);
    const answer = await node().haproxy(`show ${list?.is} ${file}`);
    return answer.split("\n").flatMap((line) => /^0x\S+ (.+)$/.exec(line)?.[1] ?? []);
  }

  async function isSeen(shown: Shown): Promise<void> {
    const { sight, front, label, example } = shown;
    const lines = await sectionOf(front);
    const server = lines.flatMap((line) => /^server s\d+\.\S+ [0-9.]+:6379 (.*)$/.exec(line)?.[1] ?? []);
    assert.match(server.join("\n"), sight.server ?? plainServer);
    for (const line of sight.lines ?? []) assert.ok(lines.includes(line), `${line} is not in ${lines.join("\n")}`);
    if (sight.list) assert.deepEqual(await entriesOf(shown), sight.list.entries);
    const name = label.replace(/^aliyun\.(proxy\.)?/, "");
    assert.equal((await recordOf(shown)).settings[name], sight.isSetting ? example : undefined);
    assert.deepEqual(await codesOf(shown), sight.told === undefined ? [] : [sight.told]);
  }

  for (const label of labelTable) {
    const { told } = sightOf(label);
    const outcome = told === undefined ? "is accepted and seen" : `is told as ${told}, and its container served`;
    it(`${label.name}: ${label.example}, ${outcome}`, async () => {
      await eventually(() => isSeen(at(label.name)), { within });
    });
  }

  it("has a place where it is seen, each label its own, and no other", () => {
    assert.deepEqual(Object.keys(sights).toSorted(), labelTable.map(shortName).toSorted());
  });

  it("TCP_PORTS is served on both ports that it names", async () => {
    const address = await at("aliyun.proxy.TCP_PORTS").container.address();
    const servers = async () => [await serversAt(node(), 6379), await serversAt(node(), 8001)];
    await eventually(async () => assert.deepEqual(await servers(), [[`${address}:6379`], [`${address}:80`]]), {
      within,
    });
  });

  it("EXCLUDE_PORTS is served on no port that it names", async () => {
    assert.deepEqual(
      (await node().listeners()).filter(({ port }) => port === 9000),
      [],
    );
  });

  it("SHARE lets a container of the project that it names serve too", async () => {
    const { front, container } = at("aliyun.proxy.SHARE");
    const labels = { ...composeLabels("shop-green", "web"), ...proxyLabels(`${front}:6379`) };
    const both = [container, await node().runContainer({ labels })];
    const addresses = await Promise.all(both.map(async (each) => `${await each.address()}:6379`));
    await eventually(async () => assert.deepEqual(await serversAt(node(), front), addresses.toSorted()), { within });
  });

  it("aliyun.lb.port_ claims the port for its service on the balancer that it names", async () => {
    const claimed = at("aliyun.lb.port_");
    const claims = [{ balancer: "proxy_test", port: 6379, scheme: "tcp" }];
    await eventually(async () => assert.deepEqual((await recordOf(claimed)).claims, claims), { within });
    const [claim] = await lab().etcd.keys(`/fairway/v1/claims/proxy_test/shop/${claimed.service}/6379`);
    assert.ok(claim);
  });

  it("aliyun.custom_addon has the container told its way to the registry", async () => {
    const { status } = await ask(at("aliyun.custom_addon").container.exec, "198.19.0.1");
    assert.equal(status, 200);
    assert.equal((await ask(at("aliyun.proxy.WEIGHT").container.exec, "198.19.0.1")).status, 403);
  });

  it("aliyun.probe.initial_delay_seconds keeps the container from traffic for so long", async () => {
    const { state, reportedAt, container } = await recordOf(at("aliyun.probe.initial_delay_seconds"));
    assert.equal(state, "ready");
    assert.ok(
      Date.parse(reportedAt) - Date.parse(container.startedAt) >= 10_000,
      `${container.startedAt} ${reportedAt}`,
    );
  });
});
