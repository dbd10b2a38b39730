import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "./command.mjs";

/** Those that etcd3 uses itself. */
const ofEtcd3 = createRequire(join(root, "node_modules/etcd3/package.json"));
const loader = ofEtcd3.resolve("@grpc/proto-loader");
/** @type {typeof import("@grpc/proto-loader")} */
const { loadSync } = ofEtcd3(loader);
/** @type {typeof import("@grpc/proto-loader/build/src/util.js")} */
const { loadProtosWithOptionsSync } = ofEtcd3(join(dirname(loader), "util.js"));
/** @type {typeof import("protobufjs")} */
const protobuf = createRequire(loader)("protobufjs");

/** What etcd3 reads its messages with. */
const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
const file = join(root, "node_modules/etcd3/proto/rpc.proto");

/**
 * Gives etcd3 its messages as code that is made with the bundle. Without it each start parses etcd's protos, describes all of
 * them, and compiles the code of those that it uses: a third of a short command's time.
 * @type {import("esbuild").Plugin}
 */
export const etcdProtos = {
  name: "etcd protos",
  setup(building) {
    building.onResolve({ filter: /^@grpc\/proto-loader$/ }, ({ path, importer }) => ({
      path,
      // gRPC itself loads its own protos for tools that ask a program about its channels, which none of ours answers.
      namespace: importer.includes("/etcd3/") ? "etcd-protos" : "no-protos",
    }));
    building.onLoad({ filter: /./, namespace: "no-protos" }, () => ({ contents: "" }));
    building.onLoad({ filter: /./, namespace: "etcd-protos" }, () => ({
      contents: etcdProtosSource(),
      resolveDir: dirname(loader),
    }));
  },
};

/** The source of a CommonJS module that has of `@grpc/proto-loader` what etcd3 uses: `loadSync`, of etcd's protos alone. */
export function etcdProtosSource() {
  const reflected = loadProtosWithOptionsSync(file, options);
  reflected.resolveAll();
  const types = typesIn(reflected);
  /** @type {(type: import("protobufjs").ReflectionObject | null) => string} */
  const nameOf = (type) => (type === null ? "undefined" : `types[${types.indexOf(type)}]`);
  const services = Object.entries(loadSync(file, options)).filter(([, { format }]) => format === undefined);
  return [
    'const { Reader, Writer, util } = require("protobufjs/minimal");',
    `const types = Array.from({ length: ${types.length} }, () => ({}));`,
    ...types.map((type) => (type instanceof protobuf.Enum ? enumSource(type, nameOf) : messageSource(type, nameOf))),
    runtime,
    "exports.loadSync = (_file, options) => ({",
    ...services.map(([name, service]) => serviceSource(reflected.lookupService(name), service, nameOf)),
    "});",
  ].join("\n");
}

/**
 * @param {import("protobufjs").NamespaceBase} namespace
 * @returns {(import("protobufjs").Type | import("protobufjs").Enum)[]} whatever there is below it
 */
function typesIn(namespace) {
  return namespace.nestedArray.flatMap((each) => [
    ...(each instanceof protobuf.Type || each instanceof protobuf.Enum ? [each] : []),
    ...(each instanceof protobuf.Namespace ? typesIn(each) : []),
  ]);
}

/** @typedef {(type: import("protobufjs").ReflectionObject | null) => string} NameOf an expression for a type */

/**
 * By number and by name, as the code of messages looks into it.
 * @param {import("protobufjs").Enum} type
 * @param {NameOf} nameOf
 */
function enumSource(type, nameOf) {
  const [names, numbers] = [type.valuesById, type.values].map((each) => JSON.stringify({ ...each }));
  return `${nameOf(type)}.values = { ...${names}, ...${numbers} };`;
}

/**
 * What protobufjs would compile for a message when it is first used.
 * @param {import("protobufjs").Type} type
 * @param {NameOf} nameOf
 */
function messageSource(type, nameOf) {
  const { encoder, decoder, converter } = protobuf;
  const of = type.fieldsArray.map(({ resolvedType }) => nameOf(resolvedType));
  const functions = {
    ctor: protobuf.Type.generateConstructor(type),
    encode: encoder(type),
    decode: decoder(type),
    fromObject: converter.fromObject(type),
    toObject: converter.toObject(type),
  };
  const made = Object.entries(functions).map(([name, code]) => `${name}: ${String(code)},`);
  return `Object.assign(${nameOf(type)}, ((types) => ({\n${made.join("\n")}\n}))([${of.join(", ")}]));`;
}

/** As `@grpc/proto-loader` has it. */
const runtime = `
const serializer = (type) => (message) => {
  if (Array.isArray(message)) throw new Error("Failed to serialize message: expected an object, got an array");
  return type.encode(type.fromObject(message)).finish();
};
const deserializer = (type, options) => (bytes) => type.toObject(type.decode(bytes), options);
const method = (options, path, originalName, requestStream, responseStream, request, response) => ({
  path,
  originalName,
  requestStream,
  responseStream,
  requestSerialize: serializer(request),
  requestDeserialize: deserializer(request, options),
  responseSerialize: serializer(response),
  responseDeserialize: deserializer(response, options),
});`;

/**
 * @param {import("protobufjs").Service} service
 * @param {import("@grpc/proto-loader").PackageDefinition[string]} defined by `@grpc/proto-loader`
 * @param {NameOf} nameOf
 */
function serviceSource(service, defined, nameOf) {
  const methods = Object.entries(defined).map(([name, { path, originalName, requestStream, responseStream }]) => {
    const { resolvedRequestType, resolvedResponseType } = service.methods[name] ?? {};
    const said = [path, originalName, requestStream, responseStream].map((each) => JSON.stringify(each));
    const both = [resolvedRequestType, resolvedResponseType].map((type) => nameOf(type ?? null));
    return `  ${name}: method(options, ${[...said, ...both].join(", ")}),`;
  });
  return `${JSON.stringify(service.fullName.slice(1))}: {\n${methods.join("\n")}\n},`;
}
