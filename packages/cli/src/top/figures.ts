import { byText, type ServicesAnswer } from "@fairway/contract";

/** What one proxy answered, and when it did, ms of `performance.now()`. */
export type FiguresReading = { readonly atMs: number; readonly services: readonly Figures[] };

/** Readings by the proxies' names. */
export type FiguresReadings = ReadonlyMap<string, FiguresReading>;

/** What a service does on all proxies that were asked. Rates are per second; null: there is one reading alone. */
export type ServiceRow = {
  readonly service: string;
  readonly up: number;
  readonly servers: number;
  readonly connections: number;
  readonly queued: number;
  readonly newRate: number | null;
  readonly receivedRate: number | null;
  readonly sentRate: number | null;
  readonly errorRate: number | null;
};

type Figures = ServicesAnswer["services"][number];
type Counter = "sessions" | "receivedBytes" | "sentBytes" | "connectErrors";

/** Sums up what proxies answered, against what they answered before: the busiest services first. */
export function serviceRows(before: FiguresReadings, now: FiguresReadings): readonly ServiceRow[] {
  const rows = new Map<string, ServiceRow>();
  for (const [proxy, { atMs, services }] of now) {
    const former = before.get(proxy);
    const seconds = former === undefined ? 0 : (atMs - former.atMs) / 1000;
    const known = new Map(former?.services.map((each) => [nameOf(each), each]));
    for (const each of services) {
      const row = rowOf(each, seconds > 0 ? { figures: known.get(nameOf(each)), seconds } : undefined);
      const other = rows.get(row.service);
      rows.set(row.service, other === undefined ? row : sum(other, row));
    }
  }
  return [...rows.values()].sort(
    (a, b) => (b.newRate ?? 0) - (a.newRate ?? 0) || b.connections - a.connections || byText(a.service, b.service),
  );
}

type Former = { readonly figures: Figures | undefined; readonly seconds: number };

function rowOf(figures: Figures, former: Former | undefined): ServiceRow {
  const { servers, current, queued } = figures;
  // What was not there before has counted from 0; an agent that began anew begins at 0 again.
  const rate = (name: Counter) =>
    former === undefined ? null : Math.max(figures[name] - (former.figures?.[name] ?? 0), 0) / former.seconds;
  return {
    service: nameOf(figures),
    up: servers.up,
    servers: servers.up + servers.down + servers.drain + servers.maint,
    connections: current,
    queued,
    newRate: rate("sessions"),
    receivedRate: rate("receivedBytes"),
    sentRate: rate("sentBytes"),
    errorRate: rate("connectErrors"),
  };
}

function nameOf({ project, service }: Figures): string {
  return `${project}/${service}`;
}

/** Proxies have servers of their own for the same containers: of these what the proxy says that has fewest of them up. */
function sum(one: ServiceRow, other: ServiceRow): ServiceRow {
  const both = (a: number | null, b: number | null) => (a === null ? b : a + (b ?? 0));
  return {
    service: one.service,
    up: Math.min(one.up, other.up),
    servers: Math.max(one.servers, other.servers),
    connections: one.connections + other.connections,
    queued: one.queued + other.queued,
    newRate: both(one.newRate, other.newRate),
    receivedRate: both(one.receivedRate, other.receivedRate),
    sentRate: both(one.sentRate, other.sentRate),
    errorRate: both(one.errorRate, other.errorRate),
  };
}
