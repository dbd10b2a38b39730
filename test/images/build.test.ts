import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CommandFailed, run } from "@fairway/standalone";
import { labImage, useLab } from "../lab/index.ts";
import type { LabNode } from "../lab/index.ts";

const script = fileURLToPath(new URL("../../setup/images.mjs", import.meta.url));
const images = ["fairway/registrar", "fairway/proxy-agent", "fairway/ui", "fairway/etcd"];

describe("npm run images", function () {
  this.timeout(120_000);
  const lab = useLab({ registrars: false, agents: false, images: true });
  let node: LabNode;

  before(() => {
    node = lab().node(1);
  });

  const build = (dockerHost = node.dockerHost) => run([process.execPath, script], { env: { DOCKER_HOST: dockerHost } });
  const ids = async () =>
    (await node.docker("images", "--no-trunc", "--format", "{{.Repository}} {{.ID}}")).split("\n");

  it("uses the engine that DOCKER_HOST names, builds nothing that is there of the same, and tags with the version", async () => {
    const packageJson = await readFile(new URL("../../package.json", import.meta.url), "utf8");
    const { version: own } = JSON.parse(packageJson) as { version: string };
    const before = await ids();
    const said = await build();
    assert.match(said, /^using the Docker engine n1 /);
    for (const name of images) {
      assert.match(said, new RegExp(`^${name} +latest, ${own.replaceAll(".", "\\.")} +\\d+ MB +unchanged$`, "m"));
      const [latest, version] = await Promise.all(
        ["latest", own].map((tag) => node.docker("image", "inspect", "--format", "{{.Id}}", `${name}:${tag}`)),
      );
      assert.equal(version, latest);
    }
    assert.deepEqual([...new Set(await ids())].toSorted(), [...new Set(before)].toSorted());
  });

  it("says their sizes as docs/deploying.md does, within a tenth", async () => {
    const page = await readFile(new URL("../../docs/deploying.md", import.meta.url), "utf8");
    const sizes = [...(await build()).matchAll(/^(fairway\/\S+) .* (\d+) MB/gm)];
    assert.equal(sizes.length, images.length);
    for (const [, name, size] of sizes) {
      const told = Number(new RegExp(`\\| \`${name}\` \\| (\\d+) MB \\|`).exec(page)?.[1]);
      assert.ok(Math.abs(Number(size) - told) <= told / 10, `${name} has ${size} MB, not ${told}`);
    }
  });

  it("begins with debian:trixie-slim where the engine has it, and says why a build fails", async () => {
    await node.docker("tag", labImage, "debian:trixie-slim");
    const failure = await build().then(
      () => assert.fail("it builds with redis alone"),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof CommandFailed);
    assert.match(failure.stderr, /building fairway\/registrar .*apt-get: not found/s);
    await node.docker("rmi", "debian:trixie-slim");
  });

  it("says what to do when no engine answers", async () => {
    await assert.rejects(build("unix:///nowhere"), /no Docker engine answers: .*\n.*\n.*systemctl start docker/);
  });
});
