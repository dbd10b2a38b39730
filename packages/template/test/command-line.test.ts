import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programCommand } from "@fairway/standalone";

const [node, ...program] = programCommand("template");
const templates = join(import.meta.dirname, "templates");

function convert(args: readonly string[], input = "") {
  const { stdout, stderr, status } = spawnSync(node, [...program, "convert", ...args], {
    cwd: templates,
    input,
    encoding: "utf8",
  });
  return { stdout, stderr, status };
}

describe("fairway-template convert", function () {
  this.timeout(30_000);

  it("prints the file, and its notes to standard error", () => {
    const { stdout, stderr, status } = convert(["replicas-apart.yml", "--to", "swarm"]);
    assert.equal(status, 0);
    assert.equal(stdout, readFileSync(join(templates, "replicas-apart.swarm.yaml"), "utf8"));
    assert.equal(stderr, readFileSync(join(templates, "replicas-apart.swarm.txt"), "utf8"));
  });

  it("prints nothing but its problems of a template that cannot be converted, and exits with 1", () => {
    const expected = {
      stdout: "",
      stderr: "stdin:2:11  links to b, which is no service of this template\n",
      status: 1,
    };
    assert.deepEqual(convert(["-"], "a:\n  links: [b]\n"), expected);
  });

  it("says which forms there are, and exits with 2", () => {
    const stderr = "error: --to kubernetes: must be compose or swarm\n";
    assert.deepEqual(convert(["x.yml", "--to", "kubernetes"]), { stdout: "", stderr, status: 2 });
  });
});
