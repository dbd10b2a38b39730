export { probeBind } from "./reconcile/probe-bind.ts";
