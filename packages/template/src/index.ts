export { convertCommand } from "./commands/convert.ts";
export { convertTemplate } from "./convert.ts";
export { mapOf, readList, readPairs, textOf } from "./document/pairs.ts";
export { type Position, type Remark, remarkLines } from "./document/remark.ts";
export type { Service } from "./document/service.ts";
export { Template } from "./document/template.ts";
