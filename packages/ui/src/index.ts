export { readPageFiles } from "./page-files.ts";
export type { PageAgents } from "./server/page-agents.ts";
export { servePage } from "./server/serve-page.ts";
