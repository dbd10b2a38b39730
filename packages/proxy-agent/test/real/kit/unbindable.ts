import { once } from "node:events";
import { createServer } from "node:net";
import type { Desired } from "../../../src/desired/desired.ts";
import type { Applied } from "../../../src/reconcile/progress.ts";
import type { Stage } from "./stage.ts";

/** Has a configuration applied with which no worker comes up: a port that it is to bind is held until then. */
export async function applyUnbindable(stage: Stage, port: number, { sections, listeners }: Desired): Promise<Applied> {
  const lines = ["listen elsewhere", `bind ipv4@127.0.0.1:${port}`];
  const stats = lines.map((text) => ({ text, from: { services: [], settings: [] } }));
  const holder = createServer().listen(port, "127.0.0.1").unref();
  await once(holder, "listening");
  const outcome = await stage.apply({ sections: { ...sections, stats }, listeners });
  holder.close();
  return outcome;
}
