import { execFile } from "node:child_process";
import { parseProblems, type ConfigProblem } from "../tables/problems.ts";

/** How HAProxy's own judgement of a file ended. */
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
