export * from "./container.ts";
export * from "./etcd.ts";
export * from "./eventually.ts";
export * from "./lab.ts";
export * from "./node.ts";
export * from "./program.ts";
export { labImage } from "./lab-image.ts";
