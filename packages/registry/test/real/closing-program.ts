import { openRegistry, subscribe } from "@fairway/registry";

/** Subscribes, closes the client with the watch still open once `SIGTERM` comes, and ends when nothing keeps it alive. */
const [, , endpoint = ""] = process.argv;
const client = openRegistry({ endpoints: [endpoint], prefix: "/fairway/v1" });
const controller = new AbortController();
const onEvent = ({ type }: { readonly type: string }) => console.log(type);
const options = { selectors: [{ prefix: "endpoints/" }], onEvent, relistAfterMs: 60_000, signal: controller.signal };
process.once("SIGTERM", () => {
  client.close();
  controller.abort();
});
await subscribe({ client, ...options });
