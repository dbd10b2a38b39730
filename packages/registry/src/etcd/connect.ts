import { type CallContext, type CallOptionsFactory, Etcd3, type IOptions, isRecoverableError } from "etcd3";
import { ConstantBackoff, handleWhen, noop, retry } from "cockatiel";
import type { RegistryAccess } from "../access.ts";
import { Connection } from "./connection.ts";
import { passOverFailedMembers } from "./pass-over.ts";

type CallOptions = Exclude<CallOptionsFactory, (context: CallContext) => unknown>;
type Interceptor = NonNullable<CallOptions["interceptors"]>[number];
type Start = Parameters<ReturnType<Interceptor>["start"]>;
type Metadata = Start[0];
type Status = Parameters<NonNullable<NonNullable<Start[1]>["onReceiveStatus"]>>[0];

/** How long etcd may take for one answer. */
const answerMs = 5000;

/**
 * etcd3's client with our fault handling: a silent partition is noticed within 13 s, a member that does not answer
 * is passed over, connecting anew pauses half a second at most, and answers may be of any size.
 */
export function connect(access: RegistryAccess): Connection {
  const { username: name, password = "" } = access;
  const user = name === undefined ? undefined : { name, password };
  return new Connection(user, (token) => open(access, token));
}

/** Without etcd3's own authentication: it makes a channel for each attempt and never closes it. */
function open(access: RegistryAccess, token: () => string | undefined): Etcd3 {
  return new Etcd3({
    hosts: [...access.endpoints],
    ...credentialsOf(access),
    grpcOptions: {
      // etcd refuses pings more often than every 5 s, and more than a few without a call: the watch is one.
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 3000,
      "grpc.keepalive_permit_without_calls": 0,
      "grpc.max_receive_message_length": -1,
      // Docker's client sets http_proxy in containers, for what is far away.
      "grpc.enable_http_proxy": access.proxy === "environment" ? 1 : 0,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 500,
    },
    defaultCallOptions: ({ isStream, service }) => ({
      ...(isStream ? {} : within(answerMs)),
      interceptors: [requireLeader, ...(service === "Auth" ? [] : [carryToken(token)])],
    }),
    faultHandling: faultHandling(access.endpoints.length),
  });
}

/** A deadline for one call, counted from now. */
export function within(ms: number): { readonly deadline: number } {
  return { deadline: Date.now() + ms };
}

/** A member cut off from the others would keep streams open and silent: asked with `hasleader`, etcd ends them. */
const requireLeader: Interceptor = (options, nextCall) => {
  const call = nextCall(options);
  const start = call.start.bind(call);
  call.start = (metadata, listener) => start(withField(metadata, "hasleader", "true"), listener);
  return call as ReturnType<Interceptor>;
};

/** Sends the token with a call. That etcd no longer takes it is said in words at which etcd3 does not try for ever. */
function carryToken(token: () => string | undefined): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options);
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      const carried = token();
      const onReceiveStatus = (status: Status) => listener?.onReceiveStatus?.(renameVoidToken(status));
      start(carried === undefined ? metadata : withField(metadata, "token", carried), { ...listener, onReceiveStatus });
    };
    return call as ReturnType<Interceptor>;
  };
}

function renameVoidToken(status: Status): Status {
  const isVoid = status.details.includes("invalid auth token");
  return isVoid ? { ...status, details: "etcd no longer takes our token" } : status;
}

function withField(metadata: Metadata, name: string, value: string): Metadata {
  const own = metadata.clone();
  own.set(name, value);
  return own;
}

function credentialsOf({ ca, cert, key }: RegistryAccess): Pick<IOptions, "credentials"> {
  if (ca === undefined && cert === undefined) return {};
  const pem = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));
  // Without a CA gRPC takes the system's; etcd3's type does not know.
  const rootCertificate = pem(ca) as Buffer;
  return {
    credentials: { rootCertificate, privateKey: pem(key), certChain: pem(cert) } as IOptions["credentials"] & {},
  };
}

/** A call that a member failed is tried at each of the others. */
function faultHandling(members: number): NonNullable<IOptions["faultHandling"]> {
  const global =
    members === 1
      ? noop
      : retry(handleWhen(isRecoverableError), { maxAttempts: members - 1, backoff: new ConstantBackoff(20) });
  return { global, host: passOverFailedMembers() };
}
