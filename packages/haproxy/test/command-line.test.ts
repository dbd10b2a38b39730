import assert from "node:assert/strict";
import fc from "fast-check";
import { frontOfSection, sectionName } from "../src/names.ts";
import { commandLine, isWord } from "../src/runtime/commands.ts";
import { askWorker } from "../src/runtime/sockets.ts";
import { anyText } from "../../contract/test/any-text.ts";

describe("runtime commands", () => {
  it("are joined of words", () => {
    assert.equal(commandLine("set", "server", "port_1/a.b", "weight", "0"), "set server port_1/a.b weight 0");
  });

  for (const word of ["", "a b", "a;b", "a\nb", "a\\", "<<", '"a"', "'a'", "a#b", "ä", "\u0000", "a\tb", "`a`"]) {
    it(`never hold ${JSON.stringify(word)}`, () => {
      assert.equal(isWord(word), false);
      assert.throws(() => commandLine("set", word), /not a word of a runtime command/);
    });
  }

  it("are one line of as many words as were given, whatever the text", () => {
    const text = fc.oneof(anyText({ maxLength: 8 }), fc.stringMatching(/^[a-z;. ]{1,4}$/));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (words) => {
        if (!words.every(isWord)) assert.throws(() => commandLine(...words));
        else assert.deepEqual(commandLine(...words).split(/[\s;]/), words);
      }),
    );
  });

  it("reach no socket unchecked", async () => {
    const socket = { path: "/nonexistent", timeoutMs: 10 };
    await assert.rejects(askWorker(socket, ["show info;show env"]), /not a word/);
    await assert.rejects(askWorker(socket, ["show info\nshow env"]), /not a word/);
  });

  it("know listeners by their section", () => {
    assert.equal(frontOfSection(sectionName(6379)), 6379);
    for (const name of ["fairway_stats", "port_", "port_06379", "port_x", "MASTER", "xport_1"]) {
      assert.equal(frontOfSection(name), undefined);
    }
  });
});
