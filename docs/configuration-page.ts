import {
  agentSettings,
  commandSettings,
  registrarSettings,
  type Setting,
  type SettingTable,
  standaloneSettings,
  uiSettings,
} from "@fairway/contract";

const head = `# Configuration

Every setting is an environment variable, read once at the start. This page is written by \`npm run docs\` from the tables
that the programs read (\`packages/contract/src/settings\`).

- A bad one-value setting stops the program with exit code 2; all problems are told at once.
- A bad item of a list is reported and left out; the others stay.
- A variable that is set but empty counts as not set, except where said. So does one that Docker's links inject
  (\`STATS_PORT=tcp://…\` beside \`STATS_NAME\`).
- Where a name with \`_FILE\` stands beside a variable, that one may name a file that holds the value instead, as Docker's
  and Kubernetes' secrets are mounted. It wins over the variable.
- Durations are seconds, or a number with \`ms\`, \`s\`, \`m\` or \`h\`. HAProxy's own settings keep HAProxy's units.
`;

const wholeIs = [
  "`npm start`; `npm start -- --help` lists these. It hands every other setting on to the registrar and to the agent,",
  "but those that it has to choose itself: addresses, ports and STATE_DIR.",
].join("\n");

/** The text of `docs/configuration.md`, from the programs' own tables. */
export function configurationPage(): string {
  return [
    head,
    section("Registrar", "`fairway-registrar`", registrarSettings),
    section("Proxy agent", "`fairway-proxy-agent`", agentSettings),
    section("The command", "`fairway`; see [fairway.md](fairway.md)", commandSettings),
    section("The page", "`fairway ui`, beside those of the command; see [fairway.md](fairway.md#the-page)", uiSettings),
    section("The whole on one machine", wholeIs, standaloneSettings),
  ].join("\n");
}

function section(title: string, program: string, settings: SettingTable): string {
  const rows = Object.values(settings).map(row);
  return `## ${title}\n\n${program}\n\n| variable | default | meaning | allowed | acts on |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

function row({ name, about, actsOn, fallback, allowed, emptyIsValue, hasFile }: Setting<unknown>): string {
  const meaning = emptyIsValue ? `${about} Empty is a value.` : about;
  const names = hasFile ? [name, `${name}_FILE`] : [name];
  return `| ${names.map((each) => `\`${each}\``).join(", ")} | ${cell(fallback === "" ? "–" : fallback)} | ${cell(meaning)} | ${cell(allowed)} | ${actsOn} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
