import { settingsHelp } from "@fairway/program";
import { standaloneSettings } from "@fairway/contract";

/** What `npm start -- --help` prints. */
export function helpText(): string {
  return [
    "Usage: npm start",
    "",
    "Runs Fairway whole on this machine, with two redis behind it, until Ctrl-C.",
    settingsHelp(standaloneSettings),
    "Every other setting of the registrar and of the proxy agent may be set as well: docs/configuration.md.",
  ].join("\n");
}
