import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { ProgramExit } from "@fairway/program";
import { completion, flagsOf } from "../src/commands/completion.ts";

const table = {
  get: { words: ["services", "nodes"], flags: flagsOf({ "-o, --output <form>": "", "--etcd <endpoints>": "" }) },
  version: { words: [], flags: [] },
};

const scriptFor = (argument: string) => completion({ argument, options: {} }, table).join("\n");

/** What bash offers for a line of words, of which the last is being written. */
function offered(...words: readonly string[]): readonly string[] {
  const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _fairway`;
  const script = `${scriptFor("bash")}\n${line}\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n");
}

describe("fairway completion", () => {
  it("offers the commands in bash, then what each takes", () => {
    assert.deepEqual(offered("fairway", ""), ["get", "version", "--help", "--version"]);
    assert.deepEqual(offered("fairway", "get", "s"), ["services"]);
    assert.deepEqual(offered("fairway", "get", "--"), ["--output", "--etcd", "--help"]);
    assert.deepEqual(offered("fairway", "version", ""), ["--help"]);
    assert.deepEqual(offered("fairway", "nosuch", ""), [""]);
  });

  it("has the same words for zsh and fish", () => {
    assert.match(scriptFor("zsh"), /^#compdef fairway\n[^]*get\) words="services nodes --output --etcd --help"/);
    assert.match(
      scriptFor("fish"),
      /^complete -c fairway .* -a get\n.*seen_subcommand_from get" -f -a "services nodes"\n/,
    );
  });

  it("names the shells that it knows", () => {
    assert.throws(
      () => scriptFor("tcsh"),
      (error) => error instanceof ProgramExit && error.code === 2 && error.message.endsWith("bash, zsh, fish"),
    );
  });
});
