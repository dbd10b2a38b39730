import { namedRedis } from "./lab/index.ts";

/** The command of a redis that goes on serving for a second when it is asked to stop, as a polite server does. */
export function politeRedis(name: string): readonly string[] {
  const redis = `${namedRedis(name).map(quoted).join(" ")} & served=$!`;
  return ["sh", "-c", `${redis}; trap 'sleep 1; kill -9 $served; exit 0' TERM; while :; do wait $served; done`];
}

/** The command of a redis that takes no notice when it is asked to stop. */
export function deafRedis(name: string): readonly string[] {
  return ["sh", "-c", `trap '' TERM; ${namedRedis(name).map(quoted).join(" ")} & while :; do wait $!; done`];
}

function quoted(word: string): string {
  return `'${word}'`;
}
