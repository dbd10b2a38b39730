import type { Rejection } from "../rejection.ts";
import { hintLabel, refuseLabel } from "./label-rejection.ts";
import type { Labels } from "./clean-labels.ts";
import { probePrefix } from "./label-table.ts";
import { readProbeUrl } from "./probe-url.ts";

/** What a container's `aliyun.probe.` labels ask for, and what is said of them. */
export type ProbeReading = {
  /** Of those that are settings of its server: name after `aliyun.` to accepted text. */
  readonly settings: Readonly<Record<string, string>>;
  /** How long after its start it takes no traffic yet, whatever accepts or passes. */
  readonly initialDelayMs: number;
  readonly rejections: readonly Rejection[];
};

export const probeSettingNames = ["probe.url", "probe.timeout_seconds"] as const;

const urlShape = "tcp://container:6379, or http://container:8080/health";

/** Reads the probe that a container asks for. */
export function readProbeLabels(labels: Labels): ProbeReading {
  const outcomes = probeRows.flatMap(({ name, read }) => {
    const text = labels.get(probePrefix + name);
    return text === undefined ? [] : [{ name, text: text.trim(), ...read(text) }];
  });
  const accepted = new Map(outcomes.flatMap(({ name, text, problem }) => (problem ? [] : [[name, text] as const])));
  return {
    settings: Object.fromEntries(
      [...accepted].flatMap(([name, text]) => (isServers(name) ? [[`probe.${name}`, text]] : [])),
    ),
    initialDelayMs: 1000 * (readSeconds(accepted.get("initial_delay_seconds") ?? "") ?? 0),
    rejections: outcomes.flatMap(({ name, text, problem, note }) => {
      const label = probePrefix + name;
      if (problem !== undefined)
        return [refuseLabel({ code: "setting-not-valid", label, value: text, reason: problem })];
      return note === undefined ? [] : [hintLabel({ ...note, label, value: text })];
    }),
  };
}

/** Whole seconds, an hour at most; undefined: they are none. */
export function readSeconds(text: string): number | undefined {
  const seconds = /^[0-9]{1,4}$/.test(text.trim()) ? Number(text) : Infinity;
  return seconds <= 3600 ? seconds : undefined;
}

type Row = {
  readonly name: string;
  readonly read: (text: string) => {
    readonly problem?: string;
    readonly note?: { readonly code: string; readonly reason: string };
  };
};

const seconds = (text: string) => {
  return readSeconds(text) === undefined
    ? { problem: "it has no effect: it is not a whole number of seconds, 0 to 3600" }
    : {};
};

const probeRows: readonly Row[] = [
  { name: "url", read: readUrl },
  { name: "timeout_seconds", read: seconds },
  { name: "initial_delay_seconds", read: seconds },
  { name: "cmd", read: () => ({ note: { code: "probe-cmd", reason: commandNote } }) },
];

function readUrl(text: string): ReturnType<Row["read"]> {
  return readProbeUrl(text) === undefined ? { problem: `it has no effect: it is not like ${urlShape}` } : {};
}

const commandNote =
  "it has no effect: commands in containers are Docker's business; write it as the container's HEALTHCHECK (--health-cmd, Compose: healthcheck), which takes it out of routing in the same way";

function isServers(name: string): boolean {
  return probeSettingNames.some((each) => each === `probe.${name}`);
}
