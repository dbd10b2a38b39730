import { openApplier } from "../../../src/apply/applier.ts";
import { desiredWith, factsOf, listener, serverAt } from "./stage.ts";

/** An agent in its own process, to be killed: applies one listener with one server, says so, and stays. */
const [directory = "", statsPort, port, echoPort] = process.argv.slice(2);
const opened = await openApplier(
  factsOf(directory, { statsPort: Number(statsPort) }, [], new AbortController().signal),
);
if (!opened.ok) throw new Error(opened.reason);
opened.applier.remember(() => ({ from: "child" }));
const servers = [serverAt({ name: "a", port: Number(echoPort) })];
await opened.applier.apply(desiredWith(directory, Number(statsPort), [listener(Number(port), servers)]));
console.log("applied");
setInterval(() => undefined, 60_000);
