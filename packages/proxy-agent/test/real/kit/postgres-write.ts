import { connect } from "node:net";

/** Who writes, without a password, into the table of the same name. */
export const writer = "writes";

const startup = Buffer.from(`\0\0\0\0\0\x03\0\0user\0${writer}\0database\0postgres\0\0`, "latin1");
startup.writeInt32BE(startup.length);
const sql = Buffer.from(`Q\0\0\0\0INSERT INTO ${writer} DEFAULT VALUES\0`, "latin1");
sql.writeInt32BE(sql.length - 1, 1);

/** What came of a write over a new connection: "done", or PostgreSQL's code of why not. Rejects when there is no answer within 8 s. */
export async function writeTo(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  try {
    socket.write(startup);
    socket.on("error", () => undefined);
    socket.setTimeout(8000, () => socket.destroy());
    let text = "";
    let isAsked = false;
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString("latin1");
      const [, code] = /E\0\0[^]{2}(?:[^\0]+\0)*?C([0-9A-Z]{5})\0/.exec(text) ?? [];
      if (code !== undefined) return code;
      if (text.includes("INSERT 0 1")) return "done";
      // Ready for a query.
      if (!isAsked && text.includes("Z\0\0\0\x05I")) isAsked = socket.write(sql) || true;
    }
    throw new Error("closed without an answer");
  } finally {
    socket.destroy();
  }
}
