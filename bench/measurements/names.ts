import assert from "node:assert/strict";
import { loadavg } from "node:os";
import { makeCertificate, pemOf } from "../../packages/proxy-agent/test/real/kit/certificates.ts";
import { agentStatus, eventually, type Lab, type LabNode } from "../../test/lab/index.ts";
import { digits, median, ms, quantile, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { askByName } from "../parts/ask-by-name.ts";
import { startClients, type ClientsResult } from "../parts/named-clients.ts";
import { haveGuests, type GuestsResult } from "../parts/named-guests.ts";
import { guestNodeNames, namedPorts, namedRecords, namedServer, type NamedWay } from "../parts/named-services.ts";
import { processorTimeOf } from "../parts/processor-time.ts";
import { inLab } from "../parts/scene.ts";
import { startRegistrars, type SimulatedRegistrars } from "../parts/simulated-registrars.ts";
import { startSimulatedServers } from "../parts/simulated-servers.ts";

/** New TLS connections to many names on one port while names come and go, and what a name costs. */
export const names: Measurement = {
  number: 12,
  title: "New TLS connections to names on one port, while names come and go",
  run: async (bench) => {
    const size = bench.isQuick ? { names: 20, perSecond: 40, seconds: 4 } : { names: 100, perSecond: 300, seconds: 30 };
    const rows = await inLab({ registrars: false, agents: false }, (lab) => rowsIn(bench, lab, size));
    const failures = rows.flatMap(({ way, failed }) => failed.map((each) => `failed at ${way.title}: ${each}`));
    return {
      table: { head, rows: rows.map((row) => cellsOf(row, rows)) },
      notes: [
        `${size.perSecond} new connections a second for ${size.seconds} s at each port, one port after the other, no session of TLS taken up again`,
        `a machine that is too slow for so many opens fewer: at most ${mostAtOnce} at a time; its load average before each port: ${rows.map(({ load }) => digits(load)).join(", ")}`,
        "a connection: TLS with a key of P-256, one question to a redis, which answers at which address it was reached; failed: also where that was another name's",
        "names come and go through etcd, one after the other, with LISTENER_GRACE=1s; connections to them count from the first that was served on",
        "processor: user's and system's time of HAProxy for each connection, of those to names that come and go too; a ratio of one run",
        ...failures,
      ],
    };
  },
};

const head = [
  "port",
  "names",
  "connections",
  "failed",
  "p50",
  "p99",
  "names that came and went",
  "worker",
  "HAProxy's processor",
  "/ without a name",
  "/ `P/ssl` with names",
];

type Size = { readonly names: number; readonly perSecond: number; readonly seconds: number };
type Way = { readonly title: string; readonly port: number; readonly named: NamedWay | undefined };

const ways: readonly Way[] = [
  { title: "`P/ssl` without names", port: namedPorts.whole, named: undefined },
  { title: "`P/ssl` with names", port: namedPorts.ssl, named: "ssl" },
  { title: "`P/postgres` with names", port: namedPorts.postgres, named: "postgres" },
];

const mostAtOnce = 100;

/** So many guests have an address each, of those behind the names that stay. */
const mostGuests = 1000;

type Scene = { readonly node: LabNode; readonly registrars: SimulatedRegistrars; readonly size: Size };
type Row = {
  readonly way: Way;
  readonly names: number;
  readonly clients: ClientsResult;
  readonly guests: GuestsResult | undefined;
  readonly failed: readonly string[];
  readonly isSameWorker: boolean;
  readonly processorMs: number;
  readonly load: number;
};

async function rowsIn({ progress }: Bench, lab: Lab, size: Size): Promise<readonly Row[]> {
  const node = lab.node(1);
  const certificate = pemOf(await makeCertificate("*.example.com")).replaceAll("\n", "\\n");
  await startSimulatedServers(node, size.names + ways.length * mostGuests, 2000);
  // Each of so many connections takes a port of its own.
  await node.run("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1");
  const records = namedRecords(size.names);
  const registrars = await startRegistrars({ etcd: lab.etcd.endpoints, records, moreNodes: guestNodeNames });
  try {
    await node.agent.start({ DEFAULT_SSL_CERT: certificate, LISTENER_GRACE: "1s" });
    await everyNameServed(node, size);
    const rows: Row[] = [];
    for (const [at, way] of ways.entries()) {
      progress(`${way.title}: ${size.perSecond} connections a second for ${size.seconds} s`);
      rows.push(await rowOf({ node, registrars, size }, way, size.names + at * mostGuests));
    }
    return rows;
  } finally {
    await registrars.stop();
  }
}

/** The last one stands for all: they come at once. */
async function everyNameServed(node: LabNode, { names: count }: Size): Promise<void> {
  for (const { port, named } of ways) {
    const { name, answer } = namedServer(named === undefined ? 0 : count - 1);
    const asked = { host: node.address, port, name, isGreeted: named === "postgres" };
    await eventually(async () => assert.deepEqual(await askByName(asked), { answer }), { within: 60_000 });
  }
}

async function rowOf({ node, registrars, size }: Scene, way: Way, firstGuest: number): Promise<Row> {
  const { port, named } = way;
  const servers = Array.from({ length: named === undefined ? 1 : size.names }, (_, at) => namedServer(at));
  const from = { host: node.address, port, isGreeted: named === "postgres" };
  const { run } = await startClients(node.wrapper, { ...from, servers, ...size, mostAtOnce });
  const load = loadavg()[0] ?? 0;
  const before = await seenOf(node);
  const over = new AbortController();
  const facts = { host: node.address, registrars, firstAt: firstGuest };
  const visiting = named === undefined ? undefined : haveGuests({ ...facts, way: named }, over.signal);
  const clients = await run();
  over.abort();
  const guests = await visiting;
  const after = await seenOf(node);
  const connections = clients.started + (guests?.connections ?? 0);
  return {
    way,
    names: named === undefined ? 0 : size.names,
    clients,
    guests,
    failed: failedIn(clients, guests),
    isSameWorker: before.worker === after.worker,
    processorMs: (after.haproxyMs - before.haproxyMs) / connections,
    load,
  };
}

async function seenOf(node: LabNode) {
  const [{ haproxy }, used] = await Promise.all([agentStatus(node.agent), processorTimeOf(node, node)]);
  return { worker: haproxy?.pid, haproxyMs: used.haproxy };
}

/** Each kind with how often it came. */
function failedIn({ failures }: ClientsResult, guests: GuestsResult | undefined): readonly string[] {
  const kinds = Object.entries(failures).map(([kind, count]) => `${kind}: ${whole(count)}`);
  return [...kinds, ...(guests?.failures ?? []).map((kind) => `at a name that came, ${kind}: 1`)];
}

function cellsOf(row: Row, rows: readonly Row[]): readonly string[] {
  const { way, clients, guests, processorMs } = row;
  const failed = clients.started - clients.tookMs.length + (guests?.failures.length ?? 0);
  const took = (figure: (values: readonly number[]) => number) =>
    clients.tookMs.length === 0 ? "–" : ms(figure(clients.tookMs));
  return [
    way.title,
    row.names === 0 ? "–" : whole(row.names),
    whole(clients.started + (guests?.connections ?? 0)),
    whole(failed),
    took(median),
    took((values) => quantile(values, 0.99)),
    guests === undefined ? "–" : whole(guests.count),
    row.isSameWorker ? "the same" : "another one",
    ms(processorMs),
    times(processorMs, rows[0]?.processorMs ?? 0),
    way.named === undefined ? "–" : times(processorMs, rows[1]?.processorMs ?? 0),
  ];
}
