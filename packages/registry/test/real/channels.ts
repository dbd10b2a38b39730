import { createRequire } from "node:module";

type Answer = { readonly channel: readonly unknown[] };
type Handler = (call: object, done: (error: unknown, answer: Answer) => void) => void;

// The gRPC library that etcd3 uses; it counts its channels itself.
const require = createRequire(createRequire(import.meta.url).resolve("etcd3"));
const grpc = require("@grpc/grpc-js") as { getChannelzHandlers: () => { readonly GetTopChannels: Handler } };

/** How many gRPC channels of this process are open. */
export async function countChannels(): Promise<number> {
  const request = { start_channel_id: "0", max_results: "10000" };
  return new Promise((resolve, reject) => {
    grpc.getChannelzHandlers().GetTopChannels({ request }, (error, answer) => {
      if (error) reject(new Error("channelz does not answer", { cause: error }));
      else resolve(answer.channel.length);
    });
  });
}
