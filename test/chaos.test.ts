import { chaosLab } from "./chaos/chaos-lab.ts";
import { chaos } from "./chaos/chaos.ts";
import { useLab } from "./lab/index.ts";
import { runDrawn } from "./seeded-run.ts";

describe("random faults of all kinds on three nodes", () => {
  const lab = useLab(chaosLab);

  it("leave every proxy with exactly the running containers", () =>
    runDrawn({ script: "test:chaos", seconds: 60 }, (run) => chaos(lab(), run))).timeout(240_000);
});
