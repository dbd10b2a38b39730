import type { Subcommand } from "@fairway/program";

/** What Docker's command calls its plugin `docker-fairway`, and hands to it as a subcommand. */
const pluginName = "fairway";

/** Options of Docker's own that take the next word for their value. */
const takesValue = /^(-c|-H|-l|--(config|context|host|log-level|tlscacert|tlscert|tlskey))$/;

/**
 * What the command is told to do, without what Docker's command puts before it: as a plugin it is given Docker's own
 * arguments, `docker --context x fairway get services` from the second word on. Those before the plugin's name are
 * Docker's, and mean nothing here.
 */
export function argumentsOf([, program = "", ...args]: readonly string[]): readonly string[] {
  const isPlugin = /(^|\/)docker-fairway$/.test(program);
  const at = args.findIndex((each, index) => each === pluginName && !takesValue.test(args[index - 1] ?? ""));
  return isPlugin && at >= 0 ? args.slice(at + 1) : args;
}

/** Answers Docker's command when it looks what its plugins are. */
export function pluginMetadata(about: string, version: string): Subcommand {
  const metadata = {
    SchemaVersion: "0.1.0",
    Vendor: "Fairway",
    Version: version,
    ShortDescription: about.replace(/\.$/, ""),
  };
  return {
    about: "What Docker's command asks of its plugins.",
    isHidden: true,
    action: async () => [JSON.stringify(metadata)],
  };
}
