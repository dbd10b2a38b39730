export type { PageAccess } from "./server/guard.ts";
export { servePage, type PageOptions, type ServedPage } from "./server/serve-page.ts";
