export { probeBind } from "./binding/probe-bind.ts";
