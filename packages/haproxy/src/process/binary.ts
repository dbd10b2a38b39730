import { execFile } from "node:child_process";
import { parseProblems, type ConfigProblem } from "../tables/problems.ts";

/** HAProxy's verdict on a file. */
export type CheckOutcome = { readonly ok: true } | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** What a check needs. */
export type Check = {
  readonly bin: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
};

/**
 * `haproxy -c -f file`. It does not see a taken port. Rejects when HAProxy cannot be run or the signal aborts.
 */
export function checkConfig({ bin, file, env, signal }: Check): Promise<CheckOutcome> {
  return new Promise((resolve, reject) => {
    execFile(bin, ["-c", "-f", file], { env, signal, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!error) resolve({ ok: true });
      else if (typeof error.code === "number")
        resolve({ ok: false, problems: problemsOf(`${stderr}\n${stdout}`, file) });
      else reject(new Error(`cannot run ${bin}: ${error.message}`, { cause: error }));
    });
  });
}

function problemsOf(output: string, file: string): readonly ConfigProblem[] {
  const problems = parseProblems(output, file);
  return problems.length > 0 ? problems : [{ line: undefined, message: output.trim().split("\n").at(-1) ?? "refused" }];
}

/** HAProxy's version, or one line that says why this HAProxy cannot be used. */
export type VersionOutcome =
  | { readonly ok: true; readonly version: string; readonly hasLua: boolean }
  | { readonly ok: false; readonly reason: string };

const least: readonly [number, number] = [2, 6];

/** Asks `bin -vv`. Never rejects: a binary that cannot be run is an outcome. */
export function haproxyVersion(bin: string, env: NodeJS.ProcessEnv): Promise<VersionOutcome> {
  return new Promise((resolve) => {
    execFile(bin, ["-vv"], { env, timeout: 10_000 }, (error, stdout) => {
      resolve(
        error ? { ok: false, reason: `HAPROXY_BIN="${bin}": ${error.message.trim()}` } : judgeVersion(bin, stdout),
      );
    });
  });
}

/** Judges what `haproxy -vv` wrote. */
export function judgeVersion(bin: string, output: string): VersionOutcome {
  const [, version, major, minor] = /version ((\d+)\.(\d+)\S*)/.exec(output) ?? [];
  if (version === undefined) return { ok: false, reason: `HAPROXY_BIN="${bin}": does not say which HAProxy it is` };
  const isOld = Number(major) < least[0] || (Number(major) === least[0] && Number(minor) < least[1]);
  return isOld
    ? {
        ok: false,
        reason: `HAPROXY_BIN="${bin}": HAProxy ${version} is too old, ${least.join(".")} or newer is needed`,
      }
    : { ok: true, version, hasLua: /^Feature list : .*\+LUA\b/m.test(output) };
}
