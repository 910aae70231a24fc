import {
  ACK,
  block,
  END_HEADERS,
  END_STREAM,
  type FrameClient,
  frame,
  GET,
  headers,
  PADDED,
  POST,
  setting,
  settings,
  TYPE,
  uint32,
} from "./frames.ts";

type Fields = readonly (readonly [string, string])[];

/** What a case sends, and what RFC 9113 asks for. */
export interface Http2Case {
  readonly name: string;
  /** Sections of RFC 9113 or 7541; "house" where the demand is this project's. */
  readonly rfc: string;
  /** In place of an empty SETTINGS behind the preface. */
  readonly first?: Buffer;
  send(client: FrameClient): void;
  /** An error of the connection: one of these, in GOAWAY. */
  readonly goaway?: readonly string[];
  /** An error of stream 1: one of these, in RST_STREAM, or in GOAWAY where node:http2 takes it for one of the connection (§5.4.2). */
  readonly reset?: readonly string[];
  /** Stream 1 gets 200. */
  readonly ok?: true;
  /** nghttp2 leaves the field out, and tells nobody: stream 1 gets 200, and nothing of it reaches the upstream. */
  readonly dropped?: true;
  /** nghttp2 takes no notice, where §5.1.1 asks for an error: nothing is asked. */
  readonly ignored?: true;
  /** Stream 1 is refused with this status, or by an error of the stream. */
  readonly refused?: true;
}

const put = (fields: Fields, name: string, value: string): Fields =>
  fields.map(([other, was]) => [other, other === name ? value : was] as const);
const without = (fields: Fields, name: string): Fields => fields.filter(([other]) => other !== name);

const PROTOCOL = ["PROTOCOL_ERROR"];
const SIZE = ["FRAME_SIZE_ERROR"];

/** Frames that break the connection. */
const CONNECTION_CASES: readonly Http2Case[] = [
  {
    name: "a first frame that is no SETTINGS",
    rfc: "3.4",
    first: frame(TYPE.PING, 0, 0, Buffer.alloc(8)),
    send: () => {},
    goaway: PROTOCOL,
  },
  {
    name: "SETTINGS of a stream",
    rfc: "6.5",
    send: (c) => c.send(frame(TYPE.SETTINGS, 0, 1)),
    goaway: PROTOCOL,
  },
  {
    name: "SETTINGS of five bytes",
    rfc: "6.5",
    send: (c) => c.send(frame(TYPE.SETTINGS, 0, 0, Buffer.alloc(5))),
    goaway: SIZE,
  },
  {
    name: "an acknowledgement of SETTINGS with a payload",
    rfc: "6.5",
    send: (c) => c.send(frame(TYPE.SETTINGS, ACK, 0, Buffer.alloc(6))),
    goaway: SIZE,
  },
  { name: "ENABLE_PUSH of 2", rfc: "6.5.2", send: (c) => c.send(settings(setting(2, 2))), goaway: PROTOCOL },
  {
    name: "INITIAL_WINDOW_SIZE past 2^31-1",
    rfc: "6.5.2",
    send: (c) => c.send(settings(setting(4, 0x80000000))),
    goaway: ["FLOW_CONTROL_ERROR"],
  },
  {
    name: "MAX_FRAME_SIZE of 16,383",
    rfc: "6.5.2",
    send: (c) => c.send(settings(setting(5, 16_383))),
    goaway: PROTOCOL,
  },
  {
    name: "MAX_FRAME_SIZE past 2^24-1",
    rfc: "6.5.2",
    send: (c) => c.send(settings(setting(5, 0x1000000))),
    goaway: PROTOCOL,
  },
  {
    name: "PING of seven bytes",
    rfc: "6.7",
    send: (c) => c.send(frame(TYPE.PING, 0, 0, Buffer.alloc(7))),
    goaway: SIZE,
  },
  {
    name: "PING of a stream",
    rfc: "6.7",
    send: (c) => c.send(frame(TYPE.PING, 0, 1, Buffer.alloc(8))),
    goaway: PROTOCOL,
  },
  {
    name: "WINDOW_UPDATE of nothing, of the connection",
    rfc: "6.9",
    send: (c) => c.send(frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(0))),
    goaway: PROTOCOL,
  },
  {
    name: "WINDOW_UPDATE past 2^31-1, of the connection",
    rfc: "6.9.1",
    send: (c) => c.send(frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(0x7fffffff))),
    goaway: ["FLOW_CONTROL_ERROR"],
  },
  {
    name: "WINDOW_UPDATE of three bytes",
    rfc: "6.9",
    send: (c) => c.send(frame(TYPE.WINDOW_UPDATE, 0, 0, Buffer.alloc(3))),
    goaway: SIZE,
  },
  {
    name: "DATA of the connection",
    rfc: "6.1",
    send: (c) => c.send(frame(TYPE.DATA, 0, 0, Buffer.alloc(3))),
    goaway: PROTOCOL,
  },
  {
    name: "DATA of a stream that was never opened",
    rfc: "5.1",
    send: (c) => c.send(frame(TYPE.DATA, 0, 1, Buffer.alloc(3))),
    goaway: PROTOCOL,
  },
  {
    name: "WINDOW_UPDATE of a stream that was never opened",
    rfc: "5.1",
    send: (c) => c.send(frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(1))),
    goaway: PROTOCOL,
  },
  {
    name: "RST_STREAM of a stream that was never opened",
    rfc: "6.4",
    send: (c) => c.send(frame(TYPE.RST_STREAM, 0, 1, uint32(8))),
    goaway: PROTOCOL,
  },
  {
    name: "RST_STREAM of the connection",
    rfc: "6.4",
    send: (c) => c.send(frame(TYPE.RST_STREAM, 0, 0, uint32(8))),
    goaway: PROTOCOL,
  },
  {
    name: "RST_STREAM of three bytes",
    rfc: "6.4",
    send: (c) => c.send(headers(1, POST, END_HEADERS), frame(TYPE.RST_STREAM, 0, 1, Buffer.alloc(3))),
    goaway: SIZE,
  },
  { name: "HEADERS of the connection", rfc: "6.2", send: (c) => c.send(headers(0)), goaway: PROTOCOL },
  { name: "HEADERS of an even stream", rfc: "5.1.1", send: (c) => c.send(headers(2)), goaway: PROTOCOL },
  {
    name: "HEADERS of a stream below one that was opened",
    rfc: "5.1.1",
    send: (c) => c.send(headers(5), headers(3), headers(1)),
    ignored: true,
  },
  {
    name: "HEADERS longer than MAX_FRAME_SIZE",
    rfc: "4.2",
    send: (c) => c.send(frame(TYPE.HEADERS, END_HEADERS | END_STREAM, 1, Buffer.alloc(16_385))),
    goaway: SIZE,
  },
  {
    name: "DATA longer than MAX_FRAME_SIZE",
    rfc: "4.2",
    send: (c) => c.send(headers(1, POST, END_HEADERS), frame(TYPE.DATA, 0, 1, Buffer.alloc(16_385))),
    goaway: SIZE,
  },
  {
    name: "padding longer than its frame",
    rfc: "6.1",
    send: (c) => c.send(headers(1, POST, END_HEADERS), frame(TYPE.DATA, PADDED, 1, Buffer.from([9, 1, 2]))),
    goaway: PROTOCOL,
  },
  {
    name: "padding of HEADERS longer than its frame",
    rfc: "6.2",
    send: (c) =>
      c.send(
        frame(
          TYPE.HEADERS,
          PADDED | END_HEADERS | END_STREAM,
          1,
          Buffer.concat([Buffer.from([255]), block(...GET)]),
        ),
      ),
    goaway: PROTOCOL,
  },
  {
    name: "CONTINUATION without HEADERS",
    rfc: "6.10",
    send: (c) => c.send(frame(TYPE.CONTINUATION, END_HEADERS, 1, block(...GET))),
    goaway: PROTOCOL,
  },
  {
    name: "another frame before the end of a field block",
    rfc: "6.2",
    send: (c) => c.send(headers(1, GET, END_STREAM), frame(TYPE.PING, 0, 0, Buffer.alloc(8))),
    goaway: PROTOCOL,
  },
  {
    name: "CONTINUATION of another stream",
    rfc: "6.10",
    send: (c) => c.send(headers(1, GET, END_STREAM), frame(TYPE.CONTINUATION, END_HEADERS, 3)),
    goaway: PROTOCOL,
  },
  {
    name: "PUSH_PROMISE of a client",
    rfc: "8.4",
    send: (c) => c.send(frame(TYPE.PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([uint32(2), block(...GET)]))),
    goaway: PROTOCOL,
  },
  {
    name: "GOAWAY of a stream",
    rfc: "6.8",
    send: (c) => c.send(frame(TYPE.GOAWAY, 0, 1, Buffer.alloc(8))),
    goaway: PROTOCOL,
  },
  {
    name: "an index that no table has",
    rfc: "RFC 7541 2.3.3",
    send: (c) => c.send(frame(TYPE.HEADERS, END_HEADERS | END_STREAM, 1, Buffer.from([0xff, 0xff, 0x03]))),
    goaway: ["COMPRESSION_ERROR"],
  },
  {
    name: "index 0",
    rfc: "RFC 7541 6.1",
    send: (c) => c.send(frame(TYPE.HEADERS, END_HEADERS | END_STREAM, 1, Buffer.from([0x80]))),
    goaway: ["COMPRESSION_ERROR"],
  },
  {
    name: "a table size past what was agreed",
    rfc: "RFC 7541 6.3",
    send: (c) =>
      c.send(
        frame(
          TYPE.HEADERS,
          END_HEADERS | END_STREAM,
          1,
          Buffer.concat([Buffer.from([0x3f, 0xe1, 0xff, 0x03]), block(...GET)]),
        ),
      ),
    goaway: ["COMPRESSION_ERROR"],
  },
  {
    name: "a string longer than its block",
    rfc: "RFC 7541 5.2",
    send: (c) => c.send(frame(TYPE.HEADERS, END_HEADERS | END_STREAM, 1, Buffer.from([0, 60, 65]))),
    goaway: ["COMPRESSION_ERROR"],
  },
  {
    name: "PRIORITY of four bytes",
    rfc: "6.3",
    send: (c) => c.send(headers(1, POST, END_HEADERS), frame(TYPE.PRIORITY, 0, 1, Buffer.alloc(4))),
    goaway: SIZE,
  },
];

/** "": the connection was closed without a word. */
const FLOODED = ["ENHANCE_YOUR_CALM", "INTERNAL_ERROR", ""];

/** Floods: the connection ends, and its client is told to calm down where there is time for it. */
const FLOOD_CASES: readonly Http2Case[] = [
  {
    name: "streams that are reset as fast as they are opened",
    rfc: "10.5",
    send: (c) => {
      for (let i = 0; i < 2000; i++)
        c.send(headers(2 * i + 1), frame(TYPE.RST_STREAM, 0, 2 * i + 1, uint32(8)));
    },
    goaway: FLOODED,
  },
  {
    name: "PINGs without an end, of a client that reads the answers",
    rfc: "10.5",
    send: (c) => {
      for (let i = 0; i < 3000; i++) c.send(frame(TYPE.PING, 0, 0, Buffer.alloc(8)));
    },
    goaway: FLOODED,
  },
  {
    name: "SETTINGS without an end, of a client that reads the answers",
    rfc: "10.5",
    send: (c) => {
      for (let i = 0; i < 3000; i++) c.send(settings(setting(4, 65_535)));
    },
    goaway: FLOODED,
  },
  {
    name: "CONTINUATIONs without an end",
    rfc: "10.5",
    send: (c) => {
      c.send(headers(1, GET, END_STREAM));
      for (let i = 0; i < 2000; i++) c.send(frame(TYPE.CONTINUATION, 0, 1));
    },
    goaway: FLOODED,
  },
  {
    name: "field blocks far past the limit",
    rfc: "10.5.1",
    send: (c) => {
      c.send(headers(1, GET, END_STREAM));
      for (let i = 0; i < 100; i++)
        c.send(frame(TYPE.CONTINUATION, 0, 1, block(["x-fill", "f".repeat(16_000)])));
    },
    goaway: FLOODED,
  },
];

const TUNNEL: Fields = [...put(GET, ":method", "CONNECT"), [":protocol", "websocket"]];

const STREAM_ERRORS = ["PROTOCOL_ERROR"];

/** Fields that make a request malformed: an error of its stream, and nothing of it reaches an upstream. */
const MALFORMED: readonly (readonly [string, string, Fields])[] = [
  ["a name in upper case", "8.2.1", [...GET, ["X-Upper", "1"]]],
  ["no :method", "8.3.1", without(GET, ":method")],
  ["no :scheme", "8.3.1", without(GET, ":scheme")],
  ["no :path", "8.3.1", without(GET, ":path")],
  ["an empty :path", "8.3.1", put(GET, ":path", "")],
  ["two :path", "8.3", [...GET, [":path", "/other"]]],
  ["two :method", "8.3", [...GET, [":method", "POST"]]],
  ["two :authority", "8.3", [...GET, [":authority", "other.test"]]],
  ["a pseudo-header behind a field", "8.3", [...without(GET, ":path"), ["x-a", "1"], [":path", "/asked"]]],
  ["a pseudo-header that there is not", "8.3", [...GET, [":other", "1"]]],
  ["a pseudo-header of answers", "8.3", [...GET, [":status", "200"]]],
  [":protocol of a request that is no CONNECT", "RFC 8441 4", [...GET, [":protocol", "websocket"]]],
  [":protocol without :authority", "RFC 8441 4", without(TUNNEL, ":authority")],
  [":protocol without :path", "RFC 8441 4", without(TUNNEL, ":path")],
  [":protocol without :scheme", "RFC 8441 4", without(TUNNEL, ":scheme")],
  [":protocol that is no token", "house", put(TUNNEL, ":protocol", "websocket\r\nx-evil: 1")],
  [":protocol of HTTP/2 itself", "house", put(TUNNEL, ":protocol", "h2c")],
  ["a tunnel with a Content-Length", "RFC 8441 5", [...TUNNEL, ["content-length", "5"]]],
  ["Connection", "8.2.2", [...GET, ["connection", "close"]]],
  ["Keep-Alive", "8.2.2", [...GET, ["keep-alive", "timeout=5"]]],
  ["Proxy-Connection", "8.2.2", [...GET, ["proxy-connection", "close"]]],
  ["Transfer-Encoding", "8.2.2", [...GET, ["transfer-encoding", "chunked"]]],
  ["Upgrade", "8.2.2", [...GET, ["upgrade", "h2c"]]],
  ["TE of another value than trailers", "8.2.2", [...GET, ["te", "gzip"]]],
  ["two Content-Length", "8.1.1", [...GET, ["content-length", "0"], ["content-length", "0"]]],
  ["a Content-Length that is none", "8.1.1", [...GET, ["content-length", "+3"]]],
  ["a Content-Length of a request without a body", "8.1.1", [...GET, ["content-length", "5"]]],
  ["a Host that is another than :authority", "8.3.1", [...GET, ["host", "secret.test"]]],
  ["two Hosts", "house", [...without(GET, ":authority"), ["host", "a.test"], ["host", "b.test"]]],
  [":path with a blank and a version", "house", put(GET, ":path", "/asked HTTP/1.1")],
  [":path with a line break", "house", put(GET, ":path", "/asked HTTP/1.1\r\nx-evil: 1\r\n\r\nGET /second")],
  [":path without its slash", "8.3.1", put(GET, ":path", "asked")],
  [":path that is absolute", "8.3.1", put(GET, ":path", "http://secret.test/asked")],
  [":path with a fragment", "8.3.1", put(GET, ":path", "/asked#there")],
  [":path of * that is no OPTIONS", "8.3.1", put(GET, ":path", "*")],
  [":method with a blank", "house", put(GET, ":method", "GET /evil HTTP/1.1\r\nx:")],
  [":scheme that is none of HTTP's", "house", put(GET, ":scheme", "ftp")],
  ["CONNECT with a :path", "8.5", put(GET, ":method", "CONNECT")],
];

/** RFC 9113 §8.2.1 asks for an error of the stream here too. */
const DROPPED: readonly (readonly [string, string, Fields])[] = [
  ["a name with a blank", "8.2.1", [...GET, ["x y", "1"]]],
  ["a name with a colon", "8.2.1", [...GET, ["x:y", "1"]]],
  ["an empty name", "8.2.1", [...GET, ["", "1"]]],
  ["a value with a line break", "8.2.1", [...GET, ["x-a", "1\r\nx-evil: 2"]]],
  ["a value with LF", "8.2.1", [...GET, ["x-a", "1\nx-evil: 2"]]],
  ["a value with CR", "8.2.1", [...GET, ["x-a", "1\rx"]]],
  ["a value with NUL", "8.2.1", [...GET, ["x-a", "1\0x"]]],
  ["a value that begins with a blank", "8.2.1", [...GET, ["x-a", " 1"]]],
  ["a value that ends with a tab", "8.2.1", [...GET, ["x-a", "1\t"]]],
];

/** Malformed by what follows the head. */
const BODY_CASES: readonly Http2Case[] = [
  {
    // nghttp2 gives the whole connection up, with an error of its own.
    name: "more DATA than Content-Length",
    rfc: "8.1.1",
    send: (c) =>
      c.send(
        headers(1, [...POST, ["content-length", "2"]], END_HEADERS),
        frame(TYPE.DATA, END_STREAM, 1, Buffer.from("abc")),
      ),
    reset: [...STREAM_ERRORS, "INTERNAL_ERROR"],
  },
  {
    name: "less DATA than Content-Length",
    rfc: "8.1.1",
    send: (c) =>
      c.send(
        headers(1, [...POST, ["content-length", "5"]], END_HEADERS),
        frame(TYPE.DATA, END_STREAM, 1, Buffer.from("abc")),
      ),
    reset: STREAM_ERRORS,
  },
  {
    name: "trailers with a pseudo-header",
    rfc: "8.1",
    send: (c) =>
      c.send(
        headers(1, POST, END_HEADERS),
        frame(TYPE.DATA, 0, 1, Buffer.from("abc")),
        headers(1, [[":path", "/evil"]]),
      ),
    reset: STREAM_ERRORS,
  },
  {
    name: "trailers that do not end the stream",
    rfc: "8.1",
    send: (c) =>
      c.send(
        headers(1, POST, END_HEADERS),
        frame(TYPE.DATA, 0, 1, Buffer.from("abc")),
        headers(1, [["x-t", "1"]], END_HEADERS),
      ),
    reset: STREAM_ERRORS,
  },
  {
    name: "WINDOW_UPDATE of nothing, of a stream",
    rfc: "6.9",
    send: (c) => c.send(headers(1, POST, END_HEADERS), frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(0))),
    reset: STREAM_ERRORS,
  },
  {
    name: "WINDOW_UPDATE past 2^31-1, of a stream",
    rfc: "6.9.1",
    send: (c) => c.send(headers(1, POST, END_HEADERS), frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(0x7fffffff))),
    reset: ["FLOW_CONTROL_ERROR"],
  },
];

const OK_CASES: readonly Http2Case[] = [
  { name: "a plain GET", rfc: "8.1", send: (c) => c.send(headers(1)), ok: true },
  {
    name: "a frame of a type that there is not",
    rfc: "4.1",
    send: (c) => c.send(frame(0xfa, 0xff, 0, Buffer.alloc(20)), headers(1)),
    ok: true,
  },
  {
    name: "a setting that there is not",
    rfc: "6.5.2",
    send: (c) => c.send(settings(setting(0xfa, 7)), headers(1)),
    ok: true,
  },
  {
    name: "padding within its frame",
    rfc: "6.2",
    send: (c) =>
      c.send(
        frame(
          TYPE.HEADERS,
          PADDED | END_HEADERS | END_STREAM,
          1,
          Buffer.concat([Buffer.from([3]), block(...GET), Buffer.alloc(3)]),
        ),
      ),
    ok: true,
  },
  {
    name: "a field block in three frames",
    rfc: "6.10",
    send: (c) => {
      const all = block(...GET);
      c.send(
        frame(TYPE.HEADERS, END_STREAM, 1, all.subarray(0, 5)),
        frame(TYPE.CONTINUATION, 0, 1, all.subarray(5, 9)),
        frame(TYPE.CONTINUATION, END_HEADERS, 1, all.subarray(9)),
      );
    },
    ok: true,
  },
  {
    name: "TE: trailers",
    rfc: "8.2.2",
    send: (c) => c.send(headers(1, [...GET, ["te", "trailers"]])),
    ok: true,
  },
  {
    name: "a Host that agrees with :authority",
    rfc: "8.3.1",
    send: (c) => c.send(headers(1, [...GET, ["host", "HYGIENE.test"]])),
    ok: true,
  },
  {
    name: "a Host without :authority",
    rfc: "8.3.1",
    send: (c) => c.send(headers(1, [...without(GET, ":authority"), ["host", "hygiene.test"]])),
    ok: true,
  },
  {
    name: "no host at all",
    rfc: "house",
    send: (c) => c.send(headers(1, without(GET, ":authority"))),
    refused: true,
  },
  {
    name: "an :authority with user information",
    rfc: "8.3.1",
    send: (c) => c.send(headers(1, put(GET, ":authority", "user:pass@hygiene.test"))),
    refused: true,
  },
  {
    name: "an :authority with a path",
    rfc: "house",
    send: (c) => c.send(headers(1, put(GET, ":authority", "hygiene.test/evil"))),
    refused: true,
  },
  {
    name: "CONNECT without a :protocol",
    rfc: "8.5",
    send: (c) =>
      c.send(
        headers(1, [
          [":method", "CONNECT"],
          [":authority", "other.test:443"],
        ]),
      ),
    refused: true,
  },
  {
    name: "Expect of something else than 100-continue",
    rfc: "RFC 9110 10.1.1",
    send: (c) => c.send(headers(1, [...GET, ["expect", "the-moon"]])),
    refused: true,
  },
  {
    name: "a head past the limit",
    rfc: "10.5.1",
    send: (c) =>
      c.send(
        headers(1, [...GET, ["x-fill", "f".repeat(15_000)]], END_STREAM),
        frame(TYPE.CONTINUATION, END_HEADERS, 1, block(["x-more", "f".repeat(5_000)])),
      ),
    refused: true,
  },
];

export const HTTP2_CASES: readonly Http2Case[] = [
  ...CONNECTION_CASES,
  ...FLOOD_CASES,
  ...MALFORMED.map(
    ([name, rfc, fields]): Http2Case => ({
      name,
      rfc,
      send: (client) => client.send(headers(1, fields)),
      reset: STREAM_ERRORS,
    }),
  ),
  ...DROPPED.map(
    ([name, rfc, fields]): Http2Case => ({
      name,
      rfc,
      send: (client) => client.send(headers(1, fields)),
      dropped: true,
    }),
  ),
  ...BODY_CASES,
  ...OK_CASES,
];
