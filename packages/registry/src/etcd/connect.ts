import { type CallContext, type CallOptionsFactory, Etcd3, type IOptions, isRecoverableError } from "etcd3";
import { ConstantBackoff, handleWhen, noop, retry } from "cockatiel";
import type { RegistryAccess } from "../access.ts";
import { passOverFailedMembers } from "./pass-over.ts";

type CallOptions = Exclude<CallOptionsFactory, (context: CallContext) => unknown>;
type Interceptor = NonNullable<CallOptions["interceptors"]>[number];

/** How long etcd may take for one answer. */
const answerMs = 5000;

/**
 * etcd3's client with our fault handling: a silent partition is noticed within 13 s, a member that does not answer
 * is passed over, connecting anew pauses half a second at most, and answers may be of any size.
 */
export function connect(access: RegistryAccess): Etcd3 {
  return new Etcd3({
    hosts: [...access.endpoints],
    ...credentialsOf(access),
    ...(access.username === undefined ? {} : { auth: { username: access.username, password: access.password ?? "" } }),
    grpcOptions: {
      // etcd refuses pings more often than every 5 s, and more than a few without a call: the watch is one.
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 3000,
      "grpc.keepalive_permit_without_calls": 0,
      "grpc.max_receive_message_length": -1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 500,
    },
    defaultCallOptions: callOptions,
    faultHandling: faultHandling(access.endpoints.length),
  });
}

/** A deadline for one call, counted from now. */
export function within(ms: number): { readonly deadline: number } {
  return { deadline: Date.now() + ms };
}

const callOptions = ({ isStream }: CallContext): CallOptions => ({
  ...(isStream ? {} : within(answerMs)),
  interceptors: [requireLeader],
});

/** A member cut off from the others would keep streams open and silent: asked with `hasleader`, etcd ends them. */
const requireLeader: Interceptor = (options, nextCall) => {
  const call = nextCall(options);
  const start = call.start.bind(call);
  call.start = (metadata, listener) => {
    const own = metadata.clone();
    own.set("hasleader", "true");
    start(own, listener);
  };
  return call as ReturnType<Interceptor>;
};

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
