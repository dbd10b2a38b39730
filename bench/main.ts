import { readCommandLine, type Selection } from "./command-line.ts";
import { machineLines } from "./machine.ts";
import { measurements } from "./measurements.ts";
import { clearProgress, printOutcome, progress } from "./screen.ts";

const read = readCommandLine(process.argv.slice(2), measurements);
if (read.ok) await measure(read.selection);
else console.error(read.reason);
process.exit(read.ok ? undefined : 2);

/** Runs the chosen measurements one after the other and prints what comes out; a failed one does not end the others. */
async function measure({ numbers, isQuick, only }: Selection): Promise<void> {
  console.log((await machineLines()).join("\n"));
  console.log(isQuick ? "quick: small sizes, few repetitions\n" : "");
  const chosen = measurements.filter(({ number }) => numbers.length === 0 || numbers.includes(number));
  for (const measurement of chosen) {
    try {
      const say = (doing: string) => progress(`${measurement.number}: ${doing}`);
      printOutcome(measurement, await measurement.run({ isQuick, only, progress: say }));
    } catch (error) {
      clearProgress();
      console.error(`measurement ${measurement.number} failed:`, error);
      process.exitCode = 1;
    }
  }
}
