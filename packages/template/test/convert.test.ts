import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import fc from "fast-check";
import { convertTemplate, forms } from "../src/convert.ts";
import { remarkLines } from "../src/document/remark.ts";

const folder = join(import.meta.dirname, "templates");
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const templates = readdirSync(folder).filter((file) => file.endsWith(".yml"));

/** What is printed of a text that cannot be converted. */
function problemsOf(text: string): readonly string[] {
  const { output, remarks } = convertTemplate(text, "swarm");
  assert.equal(output, undefined);
  return remarkLines("t.yml", remarks);
}

describe("a template", () => {
  for (const file of templates) {
    const name = basename(file, ".yml");
    for (const form of forms) {
      it(`${name} becomes a file of ${form}, with its notes`, () => {
        const { output = "", remarks } = convertTemplate(read(file), form);
        assert.equal(output, read(`${name}.${form}.yaml`));
        assert.deepEqual(remarkLines(file, remarks), read(`${name}.${form}.txt`).split("\n").slice(0, -1));
      });

      it(`${name} stays as it is when it is converted to ${form} again`, () => {
        const once = convertTemplate(read(file), form).output ?? "";
        assert.equal(convertTemplate(once, form).output, once);
      });
    }
  }

  it("keeps every value that no step is about", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9 :#'"{}&*!|>%@-]{0,20}$/);
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_]{0,8}$/), word), (environment) => {
        const text = JSON.stringify({ web: { image: "web:1", environment } });
        for (const form of forms) {
          const once = convertTemplate(text, form).output ?? "";
          assert.equal(convertTemplate(once, form).output, once);
          for (const value of Object.values(environment)) assert.ok(once.includes(JSON.stringify(value)), once);
        }
      }),
    );
  });

  const problems: readonly (readonly [what: string, text: string, line: RegExp])[] = [
    ["broken YAML", "web:\n  image: [nginx\n", /^t\.yml:3:1 {2}/],
    ["a label twice", "web:\n  labels:\n    a: 1\n    a: 2\n", /^t\.yml:4:5 {2}a stands twice$/],
    [
      "a label twice in a list",
      "web:\n  labels:\n    - aliyun.proxy.tcp_ports=1\n    - aliyun.proxy.TCP_PORTS=2\n",
      /^t\.yml:4:7 {2}aliyun\.proxy\.TCP_PORTS stands twice, first in line 3$/,
    ],
    [
      "an unknown scheme",
      "web:\n  labels:\n    aliyun.lb.port_80: ftp://front:80\n",
      /^t\.yml:3:5 {2}aliyun\.lb\.port_80: the scheme must be tcp:\/\/, http:\/\/ or https:\/\/$/,
    ],
    [
      "an unknown scheme below deploy",
      "web:\n  image: web:1\n  deploy:\n    labels: [aliyun.lb.port_80=ftp://front:80]\n",
      /^t\.yml:2:3 {2}aliyun\.lb\.port_80: the scheme must be/,
    ],
    ["UDP", "web:\n  labels:\n    aliyun.lb.port_53: udp://front:53\n", /^t\.yml:3:5 .* udp:\/\/ is not carried/],
    [
      "a link to nothing",
      "web:\n  links: [db]\n",
      /^t\.yml:2:11 {2}links to db, which is no service of this template$/,
    ],
    [
      "one name for two",
      "a: {}\nb: {}\nc:\n  links:\n    - a:x\n    - b:x\n",
      /^t\.yml:6:7 {2}x is a already, in line 5$/,
    ],
    ["a circle", "a:\n  links: [b]\nb:\n  links: [a]\n", /^t\.yml:2:11 {2}waits for itself: a → b → a$/],
    ["waiting for nothing", "a:\n  labels:\n    aliyun.depends: b, c\n", /^t\.yml:3:5 {2}depends on b, which is no/],
    ["no service", "- a\n", /^t\.yml:1:1 {2}there is no service here/],
    ["nothing at all", "", /^t\.yml:1:1 {2}there is no service here/],
    ["a service that is none", "web: nginx\n", /^t\.yml:1:1 {2}web is no service/],
    ["two templates", "a: {}\n---\nb: {}\n", /^t\.yml:2:1 {2}one template a file/],
    ["an anchor that is missing", "web:\n  image: *nginx\n", /^t\.yml:2:10 {2}\*nginx stands for nothing/],
    ["no image for a Swarm", "web:\n  build: .\n", /^t\.yml:2:3 {2}web has no image/],
    [
      "no shared network",
      "services:\n  a:\n    networks: [x]\n    links: [b]\n  b:\n    networks: [y]\n",
      /^t\.yml:4:13 {2}a and b share no network$/,
    ],
    ["a terminal's commands", 'web: "\\e[2J"\n"x\\e[2J": 1\n', /^t\.yml:1:1 {2}web is no service.*$/],
  ];
  for (const [what, text, line] of problems) {
    it(`with ${what} is refused in one line with file, line and column`, () => {
      const lines = problemsOf(text);
      assert.match(lines[0] ?? "", line);
      for (const each of lines) assert.doesNotMatch(each, /\p{Cc}/u);
    });
  }
});
