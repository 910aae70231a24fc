import { chunksOf, ODD, repeated } from "./bytes.mjs";

const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const CALM = `${OK}Content-Length: 2\r\n\r\nok`;
const CHUNKED = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
const ANSWER_BYTES = 6_000_000;
const made = new Map();

/** Made once: what is measured is the proxy. */
function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

const chunked = (size) => once(`chunks ${size}`, () => chunksOf(size, ANSWER_BYTES));
const withFields = (fields) => Buffer.from(`${OK}${fields}Content-Length: 2\r\n\r\nok`, "latin1");
const lines = (count, line) => Array.from({ length: count }, (_, i) => `${line(i)}\r\n`).join("");

/** The same bytes for as long as the other end takes them. */
function pour(socket, block) {
  const more = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on("drain", more);
  more();
}

function upgraded(socket, kind) {
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  if (kind === "flood") pour(socket, Buffer.alloc(64 * 1024, "X"));
  if (kind === "deaf") socket.pause();
  return kind;
}

/** By the path's first segment; `a` and `b` are the next two. */
const ANSWERS = {
  chunks: (socket, size) => {
    socket.write(CHUNKED);
    socket.write(chunked(Number(size)));
    socket.write("0\r\n\r\n");
  },
  endless: (socket, size) => {
    socket.write(CHUNKED);
    pour(socket, chunked(Number(size)));
  },
  /** A head of so many bytes, in one field. */
  head: (socket, bytes) =>
    socket.write(once(`head ${bytes}`, () => withFields(`X-Long: ${"a".repeat(Number(bytes))}\r\n`))),
  fields: (socket, count) =>
    socket.write(once(`fields ${count}`, () => withFields(lines(Number(count), (i) => `x${i}: y`)))),
  same: (socket, count) =>
    socket.write(once(`same ${count}`, () => withFields(lines(Number(count), () => "Set-Cookie: a=b")))),
  connection: (socket, count) =>
    socket.write(
      once(`connection ${count}`, () =>
        withFields(`Connection: ${Array.from({ length: Number(count) }, (_, i) => `x${i}`).join(",")}\r\n`),
      ),
    ),
  /** 60,000 odd characters in one field. */
  odd: (socket, name, pattern) =>
    socket.write(
      once(`odd ${name} ${pattern}`, () => withFields(`${name}: ${repeated(ODD[pattern], 60_000)}\r\n`)),
    ),
  informs: (socket, count, length) => {
    const field = length === undefined ? "" : `Content-Length: ${length}\r\n`;
    const line = `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n${field}\r\n`;
    socket.write(line.repeat(Number(count)) + CALM);
  },
  empty: (socket, length) => socket.write(`HTTP/1.1 204 No Content\r\nContent-Length: ${length}\r\n\r\n`),
  doubled: (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
  dies: (socket, how) => {
    socket.end(
      how === "chunked"
        ? `${CHUNKED}ffff\r\n${"X".repeat(1000)}`
        : `${OK}Content-Length: 100000\r\n\r\n${"X".repeat(1000)}`,
    );
  },
  trailers: (socket, count) =>
    socket.write(
      `${CHUNKED}1\r\n1\r\n0\r\n${once(`trailers ${count}`, () => lines(Number(count), (i) => `x${i}: y`))}\r\n`,
    ),
  big: (socket, bytes) => {
    socket.write(`${OK}Content-Length: ${bytes}\r\n\r\n`);
    socket.write(once(`big ${bytes}`, () => Buffer.alloc(Number(bytes), "X")));
  },
  /** A head that never ends, a byte at a time. */
  slow: (socket) => {
    socket.write(`${OK}X-Slow: `);
    const timer = setInterval(() => socket.write("a"), 20);
    socket.on("close", () => clearInterval(timer));
  },
};

/** Answers on a socket by the request's head; gives what kind of tunnel it is from now on. */
export function answer(socket, head) {
  const [method, path] = head.split(" ", 2);
  const [, kind, a, b] = path.split(/[/?]/);
  if (kind === "tunnel" && /\r\nupgrade:/i.test(head)) return upgraded(socket, a);
  const known = method === "POST" || !Object.hasOwn(ANSWERS, kind) ? undefined : ANSWERS[kind];
  if (known === undefined) socket.write(CALM);
  else known(socket, a, b);
  return undefined;
}
