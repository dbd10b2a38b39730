/** How long a member may take that is frozen or cut off, until the next is asked. */
const answerMs = 2000;

/**
 * Asks the members of an open etcd one after the other by its HTTP gateway for all keys below a prefix, until one answers;
 * the answer is as `etcdctl get --prefix --write-out json` prints it. A process of etcdctl takes longer.
 */
export async function askRange(urls: readonly string[], prefix: string): Promise<string> {
  const body = JSON.stringify({ key: encoded(Buffer.from(prefix)), range_end: encoded(endOf(prefix)) });
  const failures: unknown[] = [];
  for (const url of urls) {
    try {
      const signal = AbortSignal.timeout(answerMs);
      const response = await fetch(`${url}/v3/kv/range`, { method: "POST", body, signal });
      const text = await response.text();
      if (response.ok) return text;
      failures.push(new Error(`${url}: ${text}`));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, "no member of etcd answers");
}

/** The first key after all that begin with a text of ASCII. */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  const last = end.length - 1;
  end.writeUInt8(end.readUInt8(last) + 1, last);
  return end;
}

function encoded(bytes: Buffer): string {
  return bytes.toString("base64");
}
