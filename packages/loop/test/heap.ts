import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes on the heap that are still of use: the least of some looks, as a look may come amid other work. */
export async function liveBytes(): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 3; look += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    collect();
    looks.push(process.memoryUsage().heapUsed);
  }
  return Math.min(...looks);
}
