import { writeFileSync } from "node:fs";
import Mocha from "mocha";

const endsWithinMs = 20_000;

/**
 * Mocha's spec reporter, which also hands the counts of each test file over to `setup/test.mjs` in the file that the
 * reporter option `counts` names, and sees to it that mocha ends.
 */
export default class CountingReporter extends Mocha.reporters.Spec {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const { counts } = options.reporterOptions ?? {};
    if (typeof counts !== "string") return;
    /** @type {Record<string, { passed: number, failed: number }>} */
    const files = {};
    /** @param {"passed" | "failed"} outcome */
    const count =
      (outcome) =>
      (/** @type {Mocha.Runnable} */ { file = "" }) => {
        const ofFile = (files[file] ??= { passed: 0, failed: 0 });
        ofFile[outcome] += 1;
      };
    // A skipped test shows nothing, so it counts as failed.
    runner.on("pass", count("passed")).on("fail", count("failed")).on("pending", count("failed"));
    runner.once("end", () => {
      writeFileSync(counts, JSON.stringify(files));
      setTimeout(endAtLast, endsWithinMs).unref();
    });
  }
}

/** Something that a test left open keeps mocha from ending by itself. */
function endAtLast() {
  console.error(`mocha does not end: a test has left open ${process.getActiveResourcesInfo().join(", ")}`);
  process.exit(1);
}
