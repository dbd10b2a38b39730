import { constants } from "node:os";

const sigterm = constants.signals.SIGTERM;
const lastRealTime = 64;
const firstRealTime = 34;

/** How long `docker stop` waits for a container that was not started with `--stop-timeout`. */
export const usualStopTimeoutMs = 10_000;

/**
 * The number of a container's stop signal as its configuration says it:
 * `SIGQUIT`, `QUIT`, `3`, `RTMIN+3`; SIGTERM where it says nothing that is known.
 */
export function stopSignalNumber(text: string | undefined): number {
  const name = (text ?? "").toUpperCase().replace(/^SIG/, "");
  if (/^[0-9]{1,2}$/.test(name)) return Number(name);
  return realTimeSignal(name) ?? namedSignal(name) ?? sigterm;
}

function namedSignal(name: string): number | undefined {
  return Object.entries(constants.signals).find(([known]) => known === `SIG${name}`)?.[1];
}

function realTimeSignal(name: string): number | undefined {
  const [, end, sign, distance = "0"] = /^(RTMIN|RTMAX)(?:([+-])([0-9]{1,2}))?$/.exec(name) ?? [];
  if (end === undefined) return undefined;
  const base = end === "RTMIN" ? firstRealTime : lastRealTime;
  return base + (sign === "-" ? -Number(distance) : Number(distance));
}
