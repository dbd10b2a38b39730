import { z } from "zod";

/**
 * What labels and records may hold at most. Containers and whoever may write the registry choose their text: none of
 * theirs may cost a proxy, a registrar or etcd more than an ordinary one.
 */

/** Front ports of one container, and of one endpoint. */
export const mostPorts = 256;

/** Names of one container on one of its front ports. */
export const mostNames = 32;

/** Certificates in the labels of one container, and in one endpoint's record: reading one takes milliseconds. */
export const mostLabelCertificates = 16;

/** Front ports of one project, on each proxy. */
export const mostProjectPorts = 256;

/** Ports of the machine that one container takes. */
export const mostHostPorts = 10_000;

/** Addresses of one endpoint. */
export const mostAddresses = 64;

/** Characters of a name: of a project, service, network, image or container. */
export const longestName = 255;

/** Characters of a label's value: a certificate chain with its key fits in. */
export const longestValue = 64 * 1024;

/** Labels that begin with `aliyun.`, of one container. */
export const mostLabels = 500;

/** Characters of any record that is read: a container's host ports are the longest. */
export const longestText = 512 * 1024;

/** Characters of one endpoint's record. */
export const longestRecord = 128 * 1024;

/** Characters of all records of one container. */
export const longestRecords = 1024 * 1024;

/** Rejections that one record tells of. */
export const mostRejections = 50;

/** A name in a record. */
export const nameSchema = z.string().max(longestName);

/** A word in a record: an id, a time, a code. */
export const wordSchema = z.string().max(128);

/** Characters of a sentence in a record, escapes included. */
export const longestSentence = 4096;

/** A sentence in a record, escapes included. */
export const sentenceSchema = z.string().max(longestSentence);

/** A list in a record. One that is too long is refused by its length, its items unread. */
export function listSchema<T extends z.ZodType>(item: T, most: number) {
  return z.array(z.unknown()).max(most).pipe(z.array(item));
}
