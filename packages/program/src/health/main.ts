#!/usr/bin/env node
import { askHealth } from "./ask-health.ts";

const [fallback = ""] = process.argv.slice(2);

// Exit codes as a container's health check knows them.
const answer = await askHealth(process.env["ADMIN_LISTEN"]?.trim() || fallback);
console.log(answer.text);
process.exitCode = answer.isWell ? 0 : 1;
