export type { PageAccess } from "./server/guard.ts";
export type { PageAgents } from "./server/page-agents.ts";
export { servePage, type PageOptions, type ServedPage } from "./server/serve-page.ts";
