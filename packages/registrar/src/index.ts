export { type ReleaseQuestion, readReleaseQuestion, releaseAsked, releaseCommand } from "./commands/release.ts";
