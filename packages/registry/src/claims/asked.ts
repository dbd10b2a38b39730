import {
  claimKey,
  claimsOfEndpoint,
  decode,
  type EndpointRecord,
  endpointRecordSchema,
  parseEndpointKey,
} from "@fairway/contract";
import type { Stored } from "../stored.ts";

/** What an endpoint asks for. */
export type Asked = {
  /** The keys of its claims. */
  readonly claims: readonly string[];
  readonly createdAt: EndpointRecord["container"]["createdAt"];
};

/** What an endpoint asks for; undefined: its record cannot be read, or it is none. */
export function readAsked({ key, value }: Pick<Stored, "key" | "value">): Asked | undefined {
  const endpoint = parseEndpointKey(key);
  const decoded = endpoint && decode(endpointRecordSchema, value);
  if (endpoint === undefined || !decoded?.ok) return undefined;
  const { record } = decoded;
  return { claims: claimsOfEndpoint(endpoint, record).map(claimKey), createdAt: record.container.createdAt };
}
