import { execFileSync } from "node:child_process";
import { programCommand } from "@fairway/standalone";

/** The page that has what `fairway --help` and each subcommand's `--help` print, word for word. */
export function commandPage(): string {
  const whole = helpOf([]);
  const sections = subcommandsIn(whole).flatMap((name) => {
    const help = helpOf([name]);
    const below = subcommandsIn(help).map((each) => [name, each]);
    return [sectionOf([name], help), ...below.map((path) => sectionOf(path, helpOf(path)))];
  });
  return [head, block(whole), ...sections].join("\n");
}

const head = `# What the command says of itself

Written by \`npm run docs\`. What each command is for, and when it ends with which code: [fairway.md](fairway.md).
`;

function sectionOf(path: readonly string[], help: string): string {
  return `## fairway ${path.join(" ")}\n\n${block(help)}`;
}

function block(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}

function helpOf(path: readonly string[]): string {
  const [node, ...program] = programCommand("cli");
  const { PATH } = process.env;
  return execFileSync(node, [...program, ...path, "--help"], { encoding: "utf8", env: { PATH } });
}

/** The names below `Commands:`, without that of help itself. */
function subcommandsIn(help: string): readonly string[] {
  const [, list = ""] = help.split("\nCommands:\n");
  const [commands = ""] = list.split("\n\n");
  return [...commands.matchAll(/^ {2}([a-z][\w-]*)/gm)].flatMap(([, name = ""]) => (name === "help" ? [] : [name]));
}
