import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** Beside the event loop: a server says how long it takes. */
const saltedBy = promisify(pbkdf2);

/** The more rounds a server asks for, the longer it takes: PostgreSQL asks for 4,096. */
const mostRounds = 100_000;

/** What a client says to prove that it knows a password without telling it. */
export type Scram = {
  /** `client-first-message`. */
  readonly first: string;
  /** `client-final-message` to the server's first one. Rejects when that is none. */
  readonly answer: (serverFirst: string) => Promise<string>;
  /** Whether the server's last message proves that it knows the password too. */
  readonly isProven: (serverLast: string) => boolean;
};

/** SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding, for a user whom the protocol around it names. */
export function scram(password: string, nonce: string): Scram {
  const bare = `n=,r=${nonce}`;
  let expected = Buffer.alloc(0);
  const answer = async (serverFirst: string) => {
    const [, joint = "", salt = "", rounds = ""] =
      /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=([1-9][0-9]{0,6})$/.exec(serverFirst) ?? [];
    if (!joint.startsWith(nonce) || joint === nonce || Number(rounds) > mostRounds) {
      throw new Error("it answers SCRAM otherwise than it should");
    }
    const salted = await saltedBy(
      password.normalize("NFKC"),
      Buffer.from(salt, "base64"),
      Number(rounds),
      32,
      "sha256",
    );
    const clientKey = hmac(salted, "Client Key");
    const withoutProof = `c=biws,r=${joint}`;
    const signed = `${bare},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
    expected = hmac(hmac(salted, "Server Key"), signed);
    const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
  };
  const isProven = (serverLast: string) => {
    const told = Buffer.from(/^v=([A-Za-z0-9+/=]+)$/.exec(serverLast)?.[1] ?? "", "base64");
    return told.length === expected.length && timingSafeEqual(told, expected);
  };
  return { first: `n,,${bare}`, answer, isProven };
}

function hmac(key: Buffer, text: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHmac("sha256", key).update(text).digest());
}
