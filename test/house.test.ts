import assert from "node:assert/strict";
import { lostPaths } from "./house/named-paths.ts";
import { findCircle, reachableFrom, readAllTexts, readPackages, readSources, readText } from "./house/sources.ts";

/** A step of *Follow one change*: a function, and the file that declares it. */
type Step = { readonly file: string; readonly name: string };

describe("the house", () => {
  const sources = readSources();

  for (const { name, dependencies } of readPackages()) {
    it(`lets folders of packages/${name} import in one direction only`, () => {
      const graph = new Map<string, Set<string>>();
      for (const { path, imports } of sources.values()) {
        const from = roomOf(name, path);
        if (from === undefined) continue;
        const rooms = imports.flatMap((target) => roomOf(name, target) ?? []).filter((room) => room !== from);
        graph.set(from, new Set([...(graph.get(from) ?? []), ...rooms]));
      }
      assert.deepEqual(findCircle(graph), undefined);
    });

    it(`declares every package that packages/${name} imports`, () => {
      const own = [...sources.values()].filter(({ path }) => path.startsWith(`packages/${name}/`));
      const others = own.flatMap(({ imports }) =>
        imports.flatMap((target) => /^packages\/([^/]+)/.exec(target)?.[1] ?? []),
      );
      const undeclared = [...new Set(others)].filter(
        (other) => other !== name && !dependencies.includes(`@fairway/${other}`),
      );
      assert.deepEqual(undeclared, []);
    });
  }

  it("keeps the programs apart, and the registry and HAProxy unknown to each other", () => {
    const known = new Map(readPackages().map(({ name, dependencies }) => [name, dependencies]));
    const forbidden = ["registrar proxy-agent", "proxy-agent registrar", "registry haproxy", "haproxy registry"];
    const found = forbidden.filter((pair) => {
      const [from = "", to = ""] = pair.split(" ");
      return known.get(from)?.includes(`@fairway/${to}`);
    });
    assert.deepEqual(found, []);
  });

  for (const page of ["CONTRIBUTING.md", "docs/architecture.md"]) {
    it(`has every file and folder that ${page} names`, () => assert.deepEqual(lostPaths(page), []));
  }

  it("has no file of more than 250 lines, tests as well", () => {
    const long = [...readAllTexts()].filter(([, text]) => text.trimEnd().split("\n").length > 250);
    assert.deepEqual(
      long.map(([path]) => path),
      [],
    );
  });

  it("gives each exported type and class a name of its own", () => {
    const files = new Map<string, string[]>();
    for (const [path, { text }] of sources) {
      for (const [, name = ""] of text.matchAll(/^export (?:type|class) (\w+)/gm)) {
        files.set(name, [...(files.get(name) ?? []), path]);
      }
    }
    const shared = [...files].filter(([, paths]) => paths.length > 1);
    assert.deepEqual(shared, []);
  });

  const limits = { registrar: { functions: 25, files: 15 }, "proxy-agent": { functions: 30, files: 15 } };
  for (const [program, { functions, files }] of Object.entries(limits)) {
    const steps = stepsOf(program);

    it(`follows one change through the ${program} by functions that exist and that its main.ts reaches`, () => {
      const reached = reachableFrom(sources, `packages/${program}/src/main.ts`);
      const lost = steps.filter(({ file, name }) => {
        const text = sources.get(file)?.text ?? "";
        const callers = [...reached].map((path) => withoutDeclaration(sources.get(path)?.text ?? "", name));
        return !reached.has(file) || !declares(text, name) || !callers.some((caller) => mentions(caller, name));
      });
      assert.deepEqual(lost, []);
    });

    it(`follows one change through the ${program} in ${functions} functions and ${files} files at most`, () => {
      const found = { functions: steps.length, files: new Set(steps.map(({ file }) => file)).size };
      assert.ok(found.functions > 0, `docs/architecture.md names no function of the ${program}`);
      assert.ok(found.functions <= functions && found.files <= files, JSON.stringify(found));
    });
  }
});

/** The folder of a package that a file is in; a file that is in none is a room of its own. */
function roomOf(name: string, path: string): string | undefined {
  const below = `packages/${name}/src/`;
  return path.startsWith(below) ? path.slice(below.length).split("/")[0] : undefined;
}

/** The steps under the heading `### <program>` of *Follow one change*: lines with a `file` and then its `functions`. */
function stepsOf(program: string): readonly Step[] {
  const [, section = ""] = readText("docs/architecture.md").split(`\n### ${program}\n`);
  const rows = section.split(/\n#+ /)[0]?.matchAll(/^\| `([\w./-]+\.ts)` \| (.*?) \|/gm) ?? [];
  return [...rows].flatMap(([, file = "", names = ""]) => {
    return [...names.matchAll(/`(#?\w+)`/g)].map(([, name = ""]) => ({ file: `packages/${file}`, name }));
  });
}

function declares(text: string, name: string): boolean {
  return declarationOf(name).test(text);
}

function withoutDeclaration(text: string, name: string): string {
  return text.replace(declarationOf(name), "");
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<!\\w)${name}(?!\\w)`).test(
    text.replaceAll(/^import[^;]*;/gm, "").replaceAll(/\/\*\*[^]*?\*\//g, ""),
  );
}

/** A function, or a method of a class. */
function declarationOf(name: string): RegExp {
  return new RegExp(`^(?:export )?(?:async )?function\\*? ${name}\\b|^  (?:async |static |get )*${name}[(<]`, "m");
}
