import { openRegistry, startNodePublisher } from "@fairway/registry";
import { endpoints, ownNode } from "./node.ts";
import { settled } from "./world.ts";

/**
 * A publisher in a process of its own, so that a test can kill, stop and wake it.
 * Arguments: etcd's endpoint, how many endpoints, their value, the lease's TTL. Prints what it logs, and `settled` when it is.
 */
const [, , endpoint = "", count = "0", value = "", leaseTtlMs = ""] = process.argv;
const print = (_: object, message: string) => console.log(message);
const controller = new AbortController();
const client = openRegistry({ endpoints: [endpoint], prefix: "/fairway/v1" });
const publisher = startNodePublisher({
  client,
  node: ownNode("n1"),
  wanted: endpoints("n1", Number(count), value),
  leaseTtlMs: Number(leaseTtlMs),
  log: { debug: print, info: print, warn: print, error: print },
  signal: controller.signal,
});
process.once("SIGTERM", () => controller.abort());
await settled(publisher);
console.log("settled");
await publisher.ended;
client.close();
