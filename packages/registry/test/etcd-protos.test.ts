import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import fc from "fast-check";
import type { Field, Root, Type } from "protobufjs";

type Convert = (given: unknown) => unknown;
type Method = {
  readonly path: string;
  readonly requestSerialize: Convert;
  readonly requestDeserialize: Convert;
  readonly responseSerialize: Convert;
  readonly responseDeserialize: Convert;
};
type Loader = { readonly loadSync: (file: string, options: object) => Readonly<Record<string, object>> };
type LoaderUtil = { readonly loadProtosWithOptionsSync: (file: string, options: object) => Root };

const own = createRequire(import.meta.url);
const ofEtcd3 = createRequire(own.resolve("etcd3"));
const loader = ofEtcd3.resolve("@grpc/proto-loader");
const protos = ofEtcd3.resolve("../proto/rpc.proto");
const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

describe("etcd's messages in a bundle", () => {
  let directory = "";
  before(async () => (directory = await mkdtemp(join(tmpdir(), "fairway-protos-"))));
  after(() => rm(directory, { recursive: true, force: true }));

  it("are written and read as etcd3's own loader does it", async () => {
    const theirs = methodsOf(ofEtcd3(loader) as Loader);
    const ours = methodsOf(await bundledLoader(directory));
    assert.deepEqual([...ours.keys()], [...theirs.keys()]);
    const { loadProtosWithOptionsSync } = ofEtcd3(join(dirname(loader), "util.js")) as LoaderUtil;
    const root = loadProtosWithOptionsSync(protos, options).resolveAll();
    for (const [path, method] of theirs) {
      const [service = "", name = ""] = path.slice(1).split("/");
      const { resolvedRequestType, resolvedResponseType } = root.lookupService(service).methods[name] ?? {};
      const own = ours.get(path);
      assert(own && resolvedRequestType && resolvedResponseType);
      const { requestSerialize, requestDeserialize, responseSerialize, responseDeserialize } = method;
      const request = { type: resolvedRequestType, write: requestSerialize, read: requestDeserialize };
      const response = { type: resolvedResponseType, write: responseSerialize, read: responseDeserialize };
      assertAlike(path, request, { write: own.requestSerialize, read: own.requestDeserialize });
      assertAlike(path, response, { write: own.responseSerialize, read: own.responseDeserialize });
    }
  });
});

/** By path, without what describes a method's types. */
function methodsOf({ loadSync }: Loader): ReadonlyMap<string, Method> {
  const services = Object.values(loadSync(protos, options)).filter((each) => !("format" in each));
  return new Map(services.flatMap((each) => Object.values(each) as Method[]).map((method) => [method.path, method]));
}

/** What etcd3 loads in a bundle in the place of its loader. */
async function bundledLoader(directory: string): Promise<Loader> {
  const { etcdProtos } = (await import(new URL("../../../setup/etcd-protos.mjs", import.meta.url).href)) as {
    readonly etcdProtos: Plugin;
  };
  const outfile = join(directory, "loader.cjs");
  const importer = join(dirname(ofEtcd3.resolve("etcd3")), "importer.js");
  const stdin = { contents: 'module.exports = require("@grpc/proto-loader");', resolveDir: dirname(importer) };
  const entry = { stdin: { ...stdin, sourcefile: importer }, outfile };
  await build({ ...entry, bundle: true, platform: "node", format: "cjs", plugins: [etcdProtos] });
  return own(outfile) as Loader;
}

type Converters = { readonly write: Convert; readonly read: Convert };

function assertAlike(path: string, theirs: Converters & { readonly type: Type }, ours: Converters): void {
  const alike = fc.property(messages(theirs.type), (message) => {
    const bytes = theirs.write(message);
    assert.deepEqual(ours.write(message), bytes, path);
    assert.deepEqual(ours.read(bytes), theirs.read(bytes), path);
  });
  fc.assert(alike, { numRuns: 30 });
}

/** Any message of a type; such messages as it may have in it, to this depth. */
function messages(type: Type, depth = 3): fc.Arbitrary<object> {
  const fields = type.fieldsArray.map((field) => [field.name, valuesOf(field, depth)] as const);
  const some = fields.filter((field): field is [string, fc.Arbitrary<unknown>] => field[1] !== undefined);
  return fc.record(Object.fromEntries(some), { requiredKeys: [] });
}

function valuesOf(field: Field, depth: number): fc.Arbitrary<unknown> | undefined {
  const one = valueOf(field, depth);
  return field.repeated && one !== undefined ? fc.array(one, { maxLength: 3 }) : one;
}

function valueOf({ type, resolvedType }: Field, depth: number): fc.Arbitrary<unknown> | undefined {
  if (resolvedType !== null && "values" in resolvedType) return fc.constantFrom(...Object.keys(resolvedType.values));
  if (resolvedType !== null) return depth === 0 ? undefined : messages(resolvedType, depth - 1);
  if (type === "bool") return fc.boolean();
  if (type === "bytes") return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes));
  if (type === "string") return fc.string({ maxLength: 8 });
  if (type === "uint64") return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
  if (type === "int64") return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
  return type.startsWith("uint") ? fc.nat() : fc.integer();
}
