import { execFile } from "node:child_process";

/** HAProxy's version, or one line that says why this HAProxy cannot be used. */
export type VersionOutcome =
  { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

const least: readonly [number, number] = [2, 6];

/** Asks `bin -v`. Never rejects: a binary that cannot be run is an outcome. */
export function haproxyVersion(bin: string, env: NodeJS.ProcessEnv): Promise<VersionOutcome> {
  return new Promise((resolve) => {
    execFile(bin, ["-v"], { env, timeout: 10_000 }, (error, stdout) => {
      resolve(
        error ? { ok: false, reason: `HAPROXY_BIN="${bin}": ${error.message.trim()}` } : judgeVersion(bin, stdout),
      );
    });
  });
}

/** Judges what `haproxy -v` wrote. */
export function judgeVersion(bin: string, output: string): VersionOutcome {
  const [, version, major, minor] = /version ((\d+)\.(\d+)\S*)/.exec(output) ?? [];
  if (version === undefined) return { ok: false, reason: `HAPROXY_BIN="${bin}": does not say which HAProxy it is` };
  const isOld = Number(major) < least[0] || (Number(major) === least[0] && Number(minor) < least[1]);
  return isOld
    ? {
        ok: false,
        reason: `HAPROXY_BIN="${bin}": HAProxy ${version} is too old, ${least.join(".")} or newer is needed`,
      }
    : { ok: true, version };
}
