import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { ACK, END_HEADERS, END_STREAM, frame, settings, TYPE, uint32 } from "../conformance/http2/frames.ts";
import { closers } from "./world.ts";

const PREFACE_BYTES = 24;

/** One connection of a client to a server of frames. */
export interface FramePeer {
  readonly socket: Socket;
  readonly nth: number;
  send(...frames: readonly Buffer[]): void;
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export interface FrameServer {
  readonly url: string;
  readonly peers: readonly FramePeer[];
  /** Every frame that came, but for SETTINGS and WINDOW_UPDATE: `HEADERS 1`, `DATA 1 5 END_STREAM`. */
  readonly heard: string[];
}

/** `:status: 200` from HPACK's table, and whatever follows. */
export const answer = (stream: number, flags = END_HEADERS | END_STREAM): Buffer =>
  frame(TYPE.HEADERS, flags, stream, Buffer.from([0x88]));
/** The same, with a content-length of two digits. */
export const promising = (stream: number, length: number): Buffer =>
  frame(
    TYPE.HEADERS,
    END_HEADERS,
    stream,
    Buffer.concat([Buffer.from([0x88, 0x0f, 0x0d, 2]), Buffer.from(`${length}`)]),
  );
export const data = (stream: number, text: string, flags = 0): Buffer =>
  frame(TYPE.DATA, flags, stream, Buffer.from(text));
export const reset = (stream: number, code: number): Buffer =>
  frame(TYPE.RST_STREAM, 0, stream, uint32(code));
export const goaway = (last: number, code = 0): Buffer =>
  frame(TYPE.GOAWAY, 0, 0, Buffer.concat([uint32(last), uint32(code)]));

const NAMES = Object.fromEntries(Object.entries(TYPE).map(([name, type]) => [type, name]));

/** A server of HTTP/2 frames: acknowledges SETTINGS and PING, and leaves all else to `on`. */
export async function serveFrames(
  on: (peer: FramePeer, frame: Frame) => void,
  first: Buffer = settings(),
  pongs = true,
): Promise<FrameServer> {
  const peers: FramePeer[] = [];
  const heard: string[] = [];
  const server = createServer((socket) => {
    const peer: FramePeer = {
      ...{ socket, nth: peers.length + 1 },
      send: (...frames) => void socket.write(Buffer.concat(frames)),
    };
    peers.push(peer);
    socket.on("error", () => {});
    peer.send(first);
    let bytes = Buffer.alloc(0);
    let begun = false;
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!begun && bytes.length >= PREFACE_BYTES) {
        begun = true;
        bytes = bytes.subarray(PREFACE_BYTES);
      }
      while (begun && bytes.length >= 9) {
        const length = bytes.readUIntBE(0, 3);
        if (bytes.length < 9 + length) return;
        const [type, flags] = [bytes[3] as number, bytes[4] as number];
        const stream = bytes.readUInt32BE(5) & 0x7fffffff;
        const payload = Buffer.from(bytes.subarray(9, 9 + length));
        bytes = bytes.subarray(9 + length);
        hear(peer, { type, flags, stream, payload });
      }
    });
  });
  const hear = (peer: FramePeer, got: Frame) => {
    const { type, flags, stream, payload } = got;
    if (type === TYPE.SETTINGS && (flags & ACK) === 0) peer.send(frame(TYPE.SETTINGS, ACK, 0));
    if (type === TYPE.PING && pongs) peer.send(frame(TYPE.PING, ACK, 0, payload));
    if (type !== TYPE.SETTINGS && type !== TYPE.WINDOW_UPDATE) {
      const what =
        type === TYPE.DATA ? ` ${payload.length}` : type === TYPE.RST_STREAM ? ` ${payload[3]}` : "";
      const ends = type <= TYPE.HEADERS && (flags & END_STREAM) !== 0 ? " END_STREAM" : "";
      heard.push(`${NAMES[type]} ${stream}${what}${ends}`);
    }
    on(peer, got);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    for (const { socket } of peers) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, peers, heard };
}
