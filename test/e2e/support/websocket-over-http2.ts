import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { WebSocket } from "ws";

/** Parts of ws that its types leave out: how its server makes a WebSocket of a connection whose handshake is done. */
interface Bare extends WebSocket {
  _isServer: boolean;
  setSocket(socket: ClientHttp2Stream, head: Buffer, options: object): void;
}

/** A session whose server has said what it can. */
export async function openSession(url: string): Promise<ClientHttp2Session> {
  const session = connect(url, { rejectUnauthorized: false });
  session.on("error", () => {});
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  return session;
}

/** Extended CONNECT (RFC 8441 §4). */
export function askTunnel(
  session: ClientHttp2Session,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): ClientHttp2Stream {
  const stream = session.request(
    {
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":path": path,
      ":authority": "shop.test",
      "sec-websocket-version": "13",
      ...fields,
    },
    { endStream: false },
  );
  stream.on("error", () => {});
  return stream;
}

/** Resolves with the status, and the answer's fields. */
export function answered(stream: ClientHttp2Stream): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    stream.once("response", (fields) => resolve(fields as Record<string, unknown>));
    stream.once("close", () => reject(new Error(`closed without an answer: ${stream.rstCode}`)));
  });
}

/** A client's WebSocket on a tunnel that is open. */
export function websocketOn(stream: ClientHttp2Stream): WebSocket {
  const socket = new (
    WebSocket as unknown as new (
      address: null,
      protocols: undefined,
      options: object,
    ) => Bare
  )(null, undefined, { autoPong: true, closeTimeout: 30_000 });
  socket._isServer = false;
  socket.setSocket(stream, Buffer.alloc(0), {
    maxPayload: 0,
    skipUTF8Validation: false,
    allowSynchronousEvents: true,
  });
  return socket;
}
