import { beHostile, hostileLab } from "./hostile/hostile.ts";
import { useLab } from "./lab/index.ts";
import { drawnSeed } from "./seeded-run.ts";

const seconds = 30;

describe("strangers who try what they can", () => {
  const lab = useLab(hostileLab);
  const told: string[] = [];

  afterEach(function () {
    if (this.currentTest?.state === "failed") console.log(told.join("\n"));
  });

  it("fail no connection of a database beside them, answer none, learn no secret and fill nothing", async () => {
    const seed = drawnSeed();
    console.log(`strangers for ${seconds} s; again: npm run test:hostile -- --seconds ${seconds} --seed ${seed}`);
    await beHostile(lab(), { seed, seconds, say: (line) => void told.push(line) });
  }).timeout(240_000);
});
