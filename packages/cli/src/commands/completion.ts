import { shown } from "@fairway/contract";
import type { Given } from "@fairway/program";
import { wrongUse } from "../wrong-use.ts";

/** What may stand after a subcommand. */
export type Completed = { readonly words: readonly string[]; readonly flags: readonly string[] };

/** Subcommands with what may stand after each. */
export type CompletionTable = Readonly<Record<string, Completed>>;

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** What a shell reads to complete the command. Throws ProgramExit for one that it has no words for. */
export function completion({ argument }: Given, table: CompletionTable): readonly string[] {
  const write = argument !== undefined && Object.hasOwn(scripts, argument) ? scripts[argument as Shell] : undefined;
  if (write !== undefined) return write(table);
  const given = argument === undefined ? "" : `${shown(argument)} is no shell that is known; `;
  throw wrongUse(`${given}say which: ${Object.keys(scripts).join(", ")}`);
}

type Shell = keyof typeof scripts;

/** The names of shells, for completing this very command. */
export const shells: readonly string[] = Object.keys(scripts);

/** The long flags among a subcommand's options. */
export function flagsOf(options: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.keys(options).flatMap((option) => /--[a-z-]+/.exec(option)?.[0] ?? []);
}

function bashScript(table: CompletionTable): readonly string[] {
  const cases = Object.entries(table).map(([name, { words, flags }]) => {
    return `    ${name}) words="${[...words, ...flags, "--help"].join(" ")}" ;;`;
  });
  return [
    "_fairway() {",
    '  local words=""',
    '  if [ "$COMP_CWORD" -le 1 ]; then',
    `    words="${Object.keys(table).join(" ")} --help --version"`,
    '  else case "${COMP_WORDS[1]}" in',
    ...cases,
    "  esac; fi",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -F _fairway fairway",
  ];
}

function zshScript(table: CompletionTable): readonly string[] {
  return ["#compdef fairway", "autoload -U +X bashcompinit && bashcompinit", ...bashScript(table)];
}

function fishScript(table: CompletionTable): readonly string[] {
  const lines = Object.entries(table).flatMap(([name, { words, flags }]) => [
    `complete -c fairway -n __fish_use_subcommand -f -a ${name}`,
    ...(words.length === 0
      ? []
      : [`complete -c fairway -n "__fish_seen_subcommand_from ${name}" -f -a "${words.join(" ")}"`]),
    ...flags.map((flag) => `complete -c fairway -n "__fish_seen_subcommand_from ${name}" -l ${flag.slice(2)}`),
  ]);
  return lines;
}
