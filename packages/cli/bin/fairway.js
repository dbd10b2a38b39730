#!/usr/bin/env node
import { launch } from "@fairway/program/launch";

await launch(import.meta.url);
