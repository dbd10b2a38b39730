import type { Measurement } from "./measurement.ts";
import { allAtOnce } from "./measurements/all-at-once.ts";
import { atRest } from "./measurements/at-rest.ts";
import { cluster } from "./measurements/cluster.ts";
import { connectionLog } from "./measurements/connection-log.ts";
import { etcdReturns } from "./measurements/etcd-returns.ts";
import { etcdWrites } from "./measurements/etcd-writes.ts";
import { memory } from "./measurements/memory.ts";
import { names } from "./measurements/names.ts";
import { neighbour } from "./measurements/neighbour.ts";
import { redisThrough } from "./measurements/redis-through.ts";
import { startToServed } from "./measurements/start-to-served.ts";
import { withoutReload } from "./measurements/without-reload.ts";

/** Everything that can be measured, by number. */
export const measurements: readonly Measurement[] = [
  startToServed,
  withoutReload,
  allAtOnce,
  memory,
  etcdWrites,
  redisThrough,
  cluster,
  neighbour,
  atRest,
  etcdReturns,
  connectionLog,
  names,
];
