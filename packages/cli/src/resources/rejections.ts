import {
  decode,
  endpointsPrefix,
  parseKey,
  proxiesPrefix,
  type RejectionsRecord,
  rejectionsPrefix,
  rejectionsRecordSchema,
  shown,
} from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { z } from "zod";
import { type Kind, readBelow, type Reading, type Refusals } from "./kind.ts";
import { type ProxyItem, readProxy } from "./proxies.ts";

const rejectionItemSchema = z.object({
  name: z.string().describe("a container as node/first twelve digits of its id, or what a proxy refuses by its key"),
  by: z.string().describe("registrar <node>, or proxy <node>/<proxy>"),
  project: z.string().nullable(),
  service: z.string().nullable(),
  container: z.string().nullable().describe("the container's name"),
  severity: z.enum(["refused", "hint"]).nullable().describe("null: a proxy's record does not tell"),
  code: z.string().describe("stable"),
  label: z.string().nullable(),
  value: z.string().nullable().describe("null: it may hold a secret, or there is none"),
  reason: z.string(),
});

/** Something that was asked for and is not done. */
export type RejectionItem = z.output<typeof rejectionItemSchema>;

/** What registrars refuse of labels, and what proxies refuse to serve, as far as their records or their agents tell. */
export const rejections: Kind<RejectionItem> = {
  prefixes: [rejectionsPrefix, proxiesPrefix],
  schema: rejectionItemSchema,
  asksAgents: true,
  read: readRejections,
  alsoCalled: ({ project, service, container, code, name }) => [
    ...(service === null ? [] : [service, `${project}/${service}`, `${project}:${service}`]),
    ...(container === null ? [] : [container, name.split("/").at(-1) ?? ""]),
    code,
  ],
  projectOf: ({ project }) => project,
  columns: [
    { title: "BY", text: ({ by }) => by },
    { title: "WHAT", text: ({ container, name }) => container ?? name },
    { title: "CODE", text: ({ code }) => code },
    { title: "LABEL", text: ({ label }) => label ?? "–" },
    { title: "REASON", text: ({ reason }) => reason },
    { title: "NAME", text: ({ name }) => name, isWide: true },
  ],
};

function readRejections(stored: readonly Stored[], refusals: Refusals = new Map()): Reading<RejectionItem> {
  const ofRegistrars = readBelow(stored, rejectionsPrefix, readRefusals);
  const ofProxies = readBelow(stored, proxiesPrefix, readProxy);
  const isCut = ({ name, rejections: { count, first } }: ProxyItem) => count > first.length && !refusals.has(name);
  const more = ofProxies.items.filter(isCut);
  return {
    items: [...ofRegistrars.items.flat(), ...ofProxies.items.flatMap((each) => itemsOfProxy(each, refusals))],
    leftOut: [
      ...ofRegistrars.leftOut,
      ...ofProxies.leftOut,
      ...more.map(({ name }) => `proxy ${shown(name)} refuses more than its record tells: see its /status`),
    ],
  };
}

function readRefusals({ key, value }: Stored): readonly RejectionItem[] | string {
  const [node = "", container12 = "", rest] = parseKey(rejectionsPrefix, key);
  if (node === "" || container12 === "" || rest !== undefined) return "the key is not that of a container's rejections";
  const decoded = decode(rejectionsRecordSchema, value);
  if (!decoded.ok) return decoded.reason;
  return decoded.record.rejections.map((rejection) => itemOf(decoded.record, rejection, `${node}/${container12}`));
}

function itemOf(
  { project, service, container }: RejectionsRecord,
  { severity, code, label, value, reason }: RejectionsRecord["rejections"][number],
  name: string,
): RejectionItem {
  const by = `registrar ${name.slice(0, name.lastIndexOf("/"))}`;
  const rest = { severity, code, label: label || null, value: value ?? null, reason };
  return { name, by, project, service, container: container.name, ...rest };
}

function itemsOfProxy({ name, rejections: { first } }: ProxyItem, refusals: Refusals): readonly RejectionItem[] {
  return (refusals.get(name) ?? first).map(({ key, code, reason }) => {
    const [project = null, service = null] = key.startsWith(endpointsPrefix) ? parseKey(endpointsPrefix, key) : [];
    const rest = { container: null, severity: null, code, label: null, value: null, reason };
    return { name: key, by: `proxy ${name}`, project: project || null, service: service || null, ...rest };
  });
}
