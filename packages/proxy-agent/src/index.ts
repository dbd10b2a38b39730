export { probeBind } from "./reconcile/bindable.ts";
