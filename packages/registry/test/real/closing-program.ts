import { openRegistry } from "@fairway/registry";

/** Watches, and closes the client when SIGTERM comes: the process ends when nothing else keeps it alive. */
const [, , endpoint = ""] = process.argv;
const client = openRegistry({ endpoints: [endpoint], prefix: "/fairway/v1" });
const selectors = [{ prefix: "endpoints/" }];
const { revision } = await client.list(selectors);
client.watch(selectors, revision + 1n, {
  onOpen: () => console.log("watching"),
  onChanges: () => undefined,
  onEnd: (reason) => console.log(reason),
});
const staysAlive = setInterval(() => undefined, 60_000);
process.once("SIGTERM", () => {
  clearInterval(staysAlive);
  client.close();
});
