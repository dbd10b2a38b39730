import { readFileSync, writeFileSync } from "node:fs";
import { commandPage } from "./command-page.ts";
import { configurationPage } from "./configuration-page.ts";
import { withLabelTables } from "./labels-page.ts";
import { timesPage } from "./times-page.ts";

const labels = new URL("labels.md", import.meta.url);

writeFileSync(new URL("configuration.md", import.meta.url), configurationPage());
writeFileSync(new URL("command.md", import.meta.url), commandPage());
writeFileSync(new URL("times.md", import.meta.url), timesPage());
writeFileSync(labels, withLabelTables(readFileSync(labels, "utf8")));
