import {
  EtcdPermissionDeniedError,
  GRPCDeadlineExceededError,
  GRPCInvalidArgumentError,
  GRPCUnauthenticatedError,
} from "etcd3";
import { DeniedRequest, LateAnswer, RefusedRequest } from "../registry-client.ts";

/** An answer of etcd; its refusals that go on for as long as the request or the roles stay as they are get our names. */
export async function withOurErrors<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isOfTheRequest(error)) throw new RefusedRequest(error.message, { cause: error });
    if (error instanceof EtcdPermissionDeniedError) throw new DeniedRequest(error.message, { cause: error });
    if (error instanceof GRPCDeadlineExceededError) throw new LateAnswer(error.message, { cause: error });
    throw error;
  }
}

/**
 * Whether etcd no longer takes a token: it ran out, or users or roles changed since (each change makes all JSON web
 * tokens void). Another one is to be asked for.
 */
export function isOfTheToken(error: unknown): boolean {
  if (error instanceof GRPCUnauthenticatedError) return true;
  return error instanceof Error && isVoidToken.test(error.message);
}

const isVoidToken = /invalid auth token|revision of auth store is old|revision in header is old|user name is empty/;

/** Not so, though under one code with them, that etcd's space is used up or that it has too much to do. */
function isOfTheRequest(error: unknown): error is Error {
  if (!(error instanceof Error) || isOfTheToken(error)) return false;
  return (
    error instanceof GRPCInvalidArgumentError || /message larger than max|request is too large/i.test(error.message)
  );
}
