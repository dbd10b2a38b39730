import assert from "node:assert/strict";
import { agentSettings, readSettings } from "@fairway/contract";
import { slipsIn } from "../../src/config/doubtful-settings.ts";

const compose = "Docker Compose writes project names in small letters: no container that it starts is of project";

describe("settings that may not do what is meant", () => {
  const rows: readonly (readonly [string, NodeJS.ProcessEnv, readonly string[]])[] = [
    ["are none by default", {}, []],
    [
      "are projects in capitals",
      { COMPOSE_PROJECT_NAME: "MyApp" },
      [`COMPOSE_PROJECT_NAME: ${compose} MyApp, but of myapp`],
    ],
    [
      "are projects in capitals in the scope",
      { COMPOSE_PROJECT_NAME: "myapp", ADDITIONAL_SERVICES: "Shop:web" },
      [`ADDITIONAL_SERVICES: ${compose} Shop, but of shop`],
    ],
    [
      "are algorithms that take no server without a reload",
      { BALANCE: "uri" },
      [
        "BALANCE: with uri each new server is a reload of HAProxy: EXTRA_DEFAULT_SETTINGS hash-type consistent needs none",
      ],
    ],
    [
      "are none of those that hash consistently",
      { BALANCE: "uri", EXTRA_DEFAULT_SETTINGS: "hash-type consistent" },
      [],
    ],
    ["are not source, which hashes consistently by itself", { BALANCE: "source" }, []],
    [
      "are source where another hash is asked for",
      { BALANCE: "source", EXTRA_DEFAULT_SETTINGS: "hash-type map-based" },
      [
        "BALANCE: with source each new server is a reload of HAProxy: EXTRA_DEFAULT_SETTINGS hash-type consistent needs none",
      ],
    ],
    ["are none of the others", { BALANCE: "leastconn" }, []],
  ];
  for (const [title, env, expected] of rows) {
    it(title, () => {
      const read = readSettings(agentSettings, env);
      assert.ok(read.ok);
      assert.deepEqual(slipsIn(read.settings), expected);
    });
  }
});
