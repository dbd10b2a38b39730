export { type ReleaseQuestion, readReleaseQuestion, releaseAsked } from "./commands/release.ts";
