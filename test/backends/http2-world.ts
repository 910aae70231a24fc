import { once } from "node:events";
import http2, { type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { closers } from "./world.ts";

export interface ServedHttp2 {
  readonly url: string;
  readonly server: Http2Server;
  /** Connections now. */
  readonly sessions: Set<http2.ServerHttp2Session>;
  /** Connections so far. */
  taken: number;
}

/** An HTTP/2 server without TLS. */
export async function serve(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  options: http2.ServerOptions = {},
): Promise<ServedHttp2> {
  const server = http2.createServer(options);
  const sessions = new Set<http2.ServerHttp2Session>();
  const served = { url: "", server, sessions, taken: 0 };

  server.on("session", (session) => {
    served.taken++;
    sessions.add(session);
    session.on("error", () => {}).on("close", () => sessions.delete(session));
  });
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    onStream(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return served;
}
