export { probeBind } from "./apply/bind-probe.ts";
