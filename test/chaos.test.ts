import { chaos } from "./chaos/chaos.ts";
import { chaosLab } from "./chaos/chaos-lab.ts";
import { useLab } from "./lab/index.ts";
import { drawnSeed } from "./seeded-run.ts";

const seconds = 60;

describe("random faults of all kinds on three nodes", () => {
  const lab = useLab(chaosLab);
  const told: string[] = [];

  afterEach(function () {
    if (this.currentTest?.state === "failed") console.log(told.join("\n"));
  });

  it("leave every proxy with exactly the running containers", async () => {
    const seed = drawnSeed();
    console.log(`chaos for ${seconds} s; again: npm run test:chaos -- --seconds ${seconds} --seed ${seed}`);
    await chaos(lab(), { seed, seconds, say: (line) => void told.push(line) });
  }).timeout(240_000);
});
