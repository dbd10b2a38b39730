import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { exitCode, ProgramExit } from "@fairway/program";
import { Compose } from "../src/rollout/compose.ts";

/** Where Docker's own client is. */
function clientOf({ PATH = "" }: NodeJS.ProcessEnv): string {
  const found = PATH.split(delimiter)
    .map((place) => join(place, "docker"))
    .find((file) => existsSync(file));
  assert.ok(found, "docker is not installed");
  return found;
}

/** A Compose that says what it was called as. */
const script = (form: string) => `#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
    echo '{"SchemaVersion":"0.1.0","Vendor":"test","Version":"2.0.0","ShortDescription":"Compose"}'
    exit
fi
case "$*" in
*"config --hash web") echo "web ${form}" ;;
*config) printf 'name: "%s"\\nservices: {}\\n' "${form}: $*" ;;
esac
`;

/** A machine's programs: Docker's own client, and one or both forms of Compose. */
async function machineWith(forms: readonly ("docker" | "plugin" | "docker-compose")[]) {
  const directory = await mkdtemp(join(tmpdir(), "fairway-compose-"));
  const plugins = join(directory, "config", "cli-plugins");
  const programs = join(directory, "bin");
  await Promise.all([plugins, programs].map((each) => mkdir(each, { recursive: true })));
  await symlink("/bin/sh", join(programs, "sh"));
  if (forms.includes("docker")) await symlink(clientOf(process.env), join(programs, "docker"));
  for (const [form, file] of [
    ["plugin", join(plugins, "docker-compose")],
    ["docker-compose", join(programs, "docker-compose")],
  ] as const) {
    if (!forms.includes(form)) continue;
    await writeFile(file, script(form));
    await chmod(file, 0o755);
  }
  return { directory, env: { PATH: programs, DOCKER_CONFIG: join(directory, "config") } };
}

describe("the Compose of a rollout", () => {
  const files = { file: "shop.yaml", project: "shop" };
  const { signal } = new AbortController();
  const rows = [
    [
      "docker compose where both are there",
      ["docker", "plugin", "docker-compose"],
      "plugin: compose --file shop.yaml --project-name shop config",
    ],
    ["docker compose alone", ["docker", "plugin"], "plugin: compose --file shop.yaml --project-name shop config"],
    [
      "docker-compose where docker knows no compose",
      ["docker", "docker-compose"],
      "docker-compose: --file shop.yaml --project-name shop config",
    ],
    [
      "docker-compose where there is no docker",
      ["docker-compose"],
      "docker-compose: --file shop.yaml --project-name shop config",
    ],
  ] as const;
  for (const [title, forms, called] of rows) {
    it(`is ${title}`, async () => {
      const { directory, env } = await machineWith(forms);
      try {
        const compose = await Compose.find(files, env, signal);
        assert.equal((await compose.config()).project, called);
        assert.equal(await compose.hash("web"), called.split(":")[0]);
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  }

  it("is asked for, by what brings it, where neither is there", async () => {
    const { directory, env } = await machineWith(["docker"]);
    try {
      const error: unknown = await Compose.find(files, env, signal).catch((each: unknown) => each);
      assert.ok(error instanceof ProgramExit);
      assert.equal(error.code, exitCode.environment);
      assert.match(error.message, /neither docker compose nor docker-compose runs here: Debian has docker-compose, /);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
