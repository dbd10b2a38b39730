import { beHostile, hostileLab } from "./hostile/hostile.ts";
import { useLab } from "./lab/index.ts";
import { runDrawn } from "./seeded-run.ts";

describe("strangers who try what they can", () => {
  const lab = useLab(hostileLab);

  it("fail no connection of a database beside them, answer none, learn no secret and fill nothing", () =>
    runDrawn({ script: "test:hostile", seconds: 30 }, (run) => beHostile(lab(), run))).timeout(240_000);
});
