import { desiredWith, listener, openStage, serverAt } from "./stage.ts";

/** An agent in its own process, to be killed: applies one listener with one server, says so, and stays. */
const [directory = "", statsPort, port, echoPort] = process.argv.slice(2);
const stage = await openStage({ directory, statsPort: Number(statsPort) });
stage.files.setMemory(() => ({ from: "child" }));
const servers = [serverAt({ name: "a", port: Number(echoPort) })];
await stage.apply(desiredWith(directory, Number(statsPort), [listener(Number(port), servers)]));
console.log("applied");
setInterval(() => undefined, 60_000);
