import { namedRedis } from "./lab/index.ts";

/** Counts the connections that a redis has ever had, its own among them, and knows when no other has come for a while. */
const countConnections = `
count() {
  for line in $(redis-cli info stats); do
    case $line in total_connections_received:*) line=\${line#*:}; echo \${line%?} ;; esac
  done
}
isQuiet() {
  before=$(count)
  sleep 0.3
  test $(count) -eq $((before + 1))
}`;

/**
 * The command of a redis that, asked to stop, serves for another second and then until no connection comes any more, as a
 * polite server does, or for some seconds.
 */
export function politeRedis(name: string): readonly string[] {
  const redis = `${namedRedis(name).map(quoted).join(" ")} & served=$!`;
  const stop = "trap 'sleep 1; for n in 1 2 3 4 5 6 7 8 9; do isQuiet && break; done; kill -9 $served; exit 0' TERM";
  return ["sh", "-c", `${countConnections}\n${redis}; ${stop}; while :; do wait $served; done`];
}

/** The command of a redis that takes no notice when it is asked to stop. */
export function deafRedis(name: string): readonly string[] {
  return ["sh", "-c", `trap '' TERM; ${namedRedis(name).map(quoted).join(" ")} & while :; do wait $!; done`];
}

function quoted(word: string): string {
  return `'${word}'`;
}
