import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, type ConnectionOptions } from "node:tls";

const answerWithinMs = 5000;

/** The certificate that is shown at an address to who asks for a host, as PEM. Rejects when there is no handshake. */
export async function shownAt(
  address: string,
  port: number,
  host: string,
  options: ConnectionOptions = {},
): Promise<string> {
  const socket = connect({ host: address, port, servername: host, rejectUnauthorized: false, ...options });
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(answerWithinMs) });
    return new X509Certificate(socket.getPeerCertificate().raw).toString();
  } finally {
    socket.destroy();
  }
}

/** Who signed a certificate. */
export function issuerOf(pem: string): string {
  return new X509Certificate(pem).issuer;
}
