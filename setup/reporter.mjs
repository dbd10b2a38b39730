import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/**
 * Mocha's spec reporter, which also hands the counts over to `setup/test.mjs` in the file that the
 * reporter option `counts` names.
 */
export default class CountingReporter extends Mocha.reporters.Spec {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const { counts } = options.reporterOptions ?? {};
    if (typeof counts === "string") runner.once("end", () => writeFileSync(counts, JSON.stringify(this.stats)));
  }
}
