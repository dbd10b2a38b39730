import {
  checkAsked,
  checkListenPorts,
  checkPorts,
  checkPrograms,
  checkPublished,
  checkReach,
  checkVersions,
} from "./cluster-checks.ts";
import { checkCompaction, checkEtcdHealth, checkEtcdQuota, checkEtcdVersion } from "./etcd-checks.ts";
import type { DoctorFinding, Said } from "./finding.ts";
import type { Gathered } from "./gathered.ts";
import { checkCertificates, checkClocks, checkEngine, checkEngineSettings, checkFiles } from "./machine-checks.ts";

/** What is looked at, in the order in which it is told. */
export const checks: Readonly<Record<string, (gathered: Gathered) => readonly Said[]>> = {
  versions: checkVersions,
  programs: checkPrograms,
  "etcd health": checkEtcdHealth,
  "etcd version": checkEtcdVersion,
  "etcd quota": checkEtcdQuota,
  "etcd compaction": checkCompaction,
  engine: checkEngine,
  "engine settings": checkEngineSettings,
  clocks: checkClocks,
  "open files": checkFiles,
  LISTEN_PORTS: checkListenPorts,
  ports: checkPorts,
  "published ports": checkPublished,
  certificates: checkCertificates,
  reach: checkReach,
  asked: checkAsked,
};

/** Everything that is found. */
export function examine(gathered: Gathered): readonly DoctorFinding[] {
  return Object.entries(checks).flatMap(([name, check]) => check(gathered).map((said) => ({ name, ...said })));
}
