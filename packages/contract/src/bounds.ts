import { z } from "zod";

/**
 * What labels and records may hold at most. Containers and whoever may write the registry choose their text: none of
 * theirs may cost a proxy, a registrar or etcd more than an ordinary one.
 */

/** Front ports of one container, and of one endpoint. */
export const mostPorts = 256;

/** Addresses of one endpoint. */
export const mostAddresses = 64;

/** Characters of a name: of a project, service, network, image or container. */
export const longestName = 255;

/** Characters of a label's value: a certificate chain with its key fits in. */
export const longestValue = 64 * 1024;

/** Labels that begin with `aliyun.`, of one container. */
export const mostLabels = 500;

/** Characters of one record. */
export const longestRecord = 128 * 1024;

/** Characters of all records of one container. */
export const longestRecords = 1024 * 1024;

/** Rejections that one record tells of. */
export const mostRejections = 50;

/** A name in a record. */
export const nameSchema = z.string().max(longestName);

/** A word in a record: an id, a time, a code. */
export const wordSchema = z.string().max(128);

/** A sentence in a record, escapes included. */
export const sentenceSchema = z.string().max(4096);
