import assert from "node:assert/strict";
import { agentStatus, eventually, metric, registrarStatus } from "./lab/index.ts";
import type { Lab, LabContainer, LabNode, LabProgram, LabProxy, ToldByAgent, ToldByRegistrar } from "./lab/index.ts";

const within = 15_000;

/** Everything that one container's labels are refused or hinted at, in order, as far as a test says it. */
export type Expected = readonly Pick<ToldByRegistrar, "severity" | "code" | "reason">[];

/**
 * Waits until the registry tells exactly this of a container, and shows that the registrar's `/status`, metrics and log
 * tell the same in the same words, the log each once. Nothing expected: nobody tells anything.
 */
export async function registrarTells(
  lab: Lab,
  node: LabNode,
  container: LabContainer,
  expected: Expected,
): Promise<void> {
  const key = `/fairway/v1/rejections/${node.name}/${container.id.slice(0, 12)}`;
  const told = await eventually(
    async () => {
      const told = await toldBy(lab, key);
      assert.deepEqual(told.map(wordsOf), expected.map(wordsOf));
      return told;
    },
    { within },
  );
  const { rejections } = await registrarStatus(node.registrar);
  const here = rejections.filter(({ container: { id } }) => id === container.id);
  assert.deepEqual(here.map(wordsOf), expected.map(wordsOf), "in /status");
  for (const { code, severity, label, value, reason } of told) {
    await eventually(
      async () => {
        const log = linesOf(await node.registrar.log());
        const lines = log.filter((line) => line["container"] === container.name && line["reason"] === reason);
        assert.deepEqual(
          lines.map((line) => [line["code"], line["severity"], line["label"], line["value"]]),
          [[code, severity, label, value]],
          "in the log, once",
        );
      },
      { within },
    );
    await isCounted(node.registrar, `fairway_registrar_rejections{code="${code}"}`, async () => {
      const { rejections } = await registrarStatus(node.registrar);
      return rejections.filter((each) => each.code === code).length;
    });
  }
}

/** A metric tells as many as the status; others may come between the two questions. */
async function isCounted(program: LabProgram, name: string, count: () => Promise<number>): Promise<void> {
  await eventually(async () => assert.equal(await metric(program, name), await count(), "in metrics"), { within });
}

/**
 * Waits until a proxy refuses a record with this code, and shows that its own record in the registry, its metrics and
 * its log tell the same in the same words, the log once. Answers the reason.
 */
export async function agentTells(
  lab: Lab,
  proxy: LabProxy,
  expected: Pick<ToldByAgent, "code" | "key">,
): Promise<string> {
  const isIt = ({ code, key }: Pick<ToldByAgent, "code" | "key">) => code === expected.code && key === expected.key;
  const { reason } = await eventually(
    async () => {
      const { rejections } = await agentStatus(proxy.agent);
      return rejections.find(isIt) ?? assert.fail(`/status tells ${JSON.stringify(rejections)}`);
    },
    { within },
  );
  const words = { ...expected, reason };
  await eventually(
    async () => {
      const [record] = await lab.etcd.keys(`/fairway/v1/${proxy.record}`);
      const { rejections } = JSON.parse(record?.value ?? "{}") as { rejections: { first: readonly ToldByAgent[] } };
      assert.deepEqual(rejections.first.filter(isIt), [words], "in the registry");
    },
    { within },
  );
  await eventually(
    async () => {
      const lines = linesOf(await proxy.agent.log()).filter(
        (line) => line["key"] === words.key && line["code"] === words.code,
      );
      assert.deepEqual(
        lines.map((line) => line["reason"]),
        [reason],
        "in the log, once",
      );
    },
    { within },
  );
  await isCounted(proxy.agent, `fairway_agent_rejections{code="${expected.code}"}`, async () => {
    const { rejections } = await agentStatus(proxy.agent);
    return rejections.filter(({ code }) => code === expected.code).length;
  });
  return reason;
}

/** `ip:port` of the servers of one listener that take connections, as HAProxy tells them, sorted. */
export async function serversAt(proxy: LabProxy, port: number): Promise<readonly string[]> {
  const listener = (await proxy.listeners()).find((each) => each.port === port);
  const ready = (listener?.servers ?? []).filter(({ admin, status }) => admin === "ready" && status.startsWith("UP"));
  return ready.map(({ ip, port }) => `${ip}:${port}`).toSorted();
}

async function toldBy({ etcd }: Lab, key: string): Promise<readonly ToldByRegistrar[]> {
  const [record] = await etcd.keys(key);
  return (JSON.parse(record?.value ?? '{"rejections":[]}') as { rejections: readonly ToldByRegistrar[] }).rejections;
}

function wordsOf({ severity, code, reason }: Pick<ToldByRegistrar, "severity" | "code" | "reason">): string {
  return `${severity} ${code}: ${reason}`;
}

function linesOf(log: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}
