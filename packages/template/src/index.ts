export { convertCommand } from "./commands/convert.ts";
