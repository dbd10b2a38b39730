import { readFileSync, writeFileSync } from "node:fs";
import { configurationPage } from "./configuration-page.ts";
import { withLabelTables } from "./labels-page.ts";

const labels = new URL("labels.md", import.meta.url);

writeFileSync(new URL("configuration.md", import.meta.url), configurationPage());
writeFileSync(labels, withLabelTables(readFileSync(labels, "utf8")));
