// node many-connections.mjs <server port> <port> <count> <least ms>: serves an echo at the first, and connects so often by
// the second, for at least that long.
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const [serverPort, port, count, leastMs] = process.argv.slice(2).map(Number);
const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
await new Promise((resolve) => server.listen(serverPort, "127.0.0.1", resolve));

const once = () =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("error", reject);
    socket.once("data", () => socket.end());
    socket.once("close", resolve);
    socket.write("x");
  });

const begun = performance.now();
let left = count;
const worker = async () => {
  while (left-- > 0) await once();
};
await Promise.all(Array.from({ length: 32 }, worker));
await delay(Math.max(0, leastMs - (performance.now() - begun)));
process.exit();
