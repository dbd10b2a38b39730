import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@fairway/standalone";
import { eventually, useLab } from "./lab/index.ts";

const templates = fileURLToPath(new URL("../packages/template/test/templates", import.meta.url));
const names = readdirSync(templates)
  .filter((file) => file.endsWith(".yml"))
  .map((file) => basename(file, ".yml"));

/** Keys of the provider's own, which are kept for the reader to see. */
const notOfCompose: Readonly<Record<string, RegExp>> = {
  "unknown-keys": /vm_pool|autoscale/,
};

describe("what templates are converted to", function () {
  this.timeout(120_000);
  const lab = useLab({ nodes: 1, agents: false });
  const directory = mkdtempSync(join(tmpdir(), "fairway-templates-"));
  const env = { EXTRA_PORT: "9001", SHOW: "yes" };

  before(async () => {
    cpSync(templates, directory, { recursive: true });
    mkdirSync(join(directory, "web"));
    for (const file of ["common.env", "web.env"]) writeFileSync(join(directory, file), "COLOUR=blue\n");
    const node = lab().node(1);
    await node.docker("swarm", "init", "--advertise-addr", node.address);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const name of names) {
    const refusal = notOfCompose[name];

    it(`${name} is taken by docker-compose, ${refusal === undefined ? "whole" : "but for the keys of the provider"}`, async () => {
      const config = run(["docker-compose", "--file", join(directory, `${name}.compose.yaml`), "config", "--quiet"], {
        env,
      });
      if (refusal === undefined) await config;
      else await assert.rejects(config, refusal);
    });

    it(`${name} is taken by docker stack deploy, ${refusal === undefined ? "whole" : "but for the keys of the provider"}`, async () => {
      const file = join(directory, `${name}.swarm.yaml`);
      const host = ["--host", lab().node(1).dockerHost];
      const deployed = run(
        ["docker", ...host, "stack", "deploy", "--resolve-image=never", "--compose-file", file, name],
        { env },
      );
      if (refusal !== undefined) return assert.rejects(deployed, refusal);
      await deployed;
      const services = await lab().node(1).docker("stack", "services", "--format", "{{.Name}}", name);
      const asked = /^services:\n(.*?)(?=^\S|$(?![^]))/ms.exec(readFileSync(file, "utf8"))?.[1] ?? "";
      const wanted = [...asked.matchAll(/^ {2}([\w-]+):/gm)].map(([, service]) => `${name}_${service}`);
      assert.deepEqual(services.split("\n").toSorted(), wanted.toSorted());
      // A network is not removed while a task of it is just ending.
      await eventually(async () => void (await lab().node(1).docker("stack", "rm", name)), { within: 30_000 });
    });
  }
});
