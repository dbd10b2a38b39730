import assert from "node:assert/strict";
import { containerIn } from "../src/own-container.ts";

describe("the container that a program runs in", () => {
  const id = "4f5c1b2a9d3e".padEnd(64, "0");
  const root = "1200 900 0:45 / / rw,relatime - overlay overlay rw";
  for (const [what, line, container] of [
    [
      "is in what Docker mounts",
      `1210 1200 254:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4`,
      id,
    ],
    [
      "is found in a disk of Docker's own",
      `1210 1200 254:2 /containers/${id}/resolv.conf /etc/resolv.conf rw - xfs`,
      id,
    ],
    ["is none on a machine", "31 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw", undefined],
    ["is not named by a volume", `1210 1200 254:1 /srv/${id}/hosts /data/hosts rw - ext4`, undefined],
    ["is not named by a file from elsewhere", "1210 1200 254:1 /srv/etc/hosts /etc/hosts rw - ext4", undefined],
  ] as const) {
    it(what, () => assert.equal(containerIn(`${root}\n${line}\n`), container));
  }
});
