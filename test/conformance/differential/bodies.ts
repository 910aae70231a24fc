import type { Random } from "./random.ts";

/** Bytes for a body; a large one repeats a small one, which is as good for what is tested here. */
export function bodyText(random: Random, length: number): string {
  const block = random.bytes(Math.min(length, 64));
  return block.repeat(Math.ceil(length / 64)).slice(0, length);
}

const EXTENSIONS = ["", "", "", "", ";x", ";x=y", ";a=1;b=2", ';q="a b"'];
/** Blanks around them: RFC 9112 §7.1.1 wants them to be taken. */
const BLANK_EXTENSIONS = [' ; x="a b"', " ", " ;x"];

/** `body` in the chunked coding: odd sizes, digits and extensions that RFC 9112 §7.1 allows. */
export function chunkedText(
  random: Random,
  body: string,
  trailers: readonly string[],
  blanks: "blanks" | "no blanks",
): string {
  const extensions = blanks === "blanks" ? [...EXTENSIONS, ...BLANK_EXTENSIONS] : EXTENSIONS;
  let text = "";
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + random.size(20_000));
    let digits = size.toString(16);
    if (random.chance(0.2)) digits = digits.toUpperCase();
    if (random.chance(0.1)) digits = digits.padStart(random.below(6), "0");
    text += `${digits}${random.pick(extensions)}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  const lines = trailers.map((line) => `${line}\r\n`).join("");
  return `${text}${random.pick(["0", "0", "0", "000", "0;last"])}\r\n${lines}\r\n`;
}

export const TRAILERS: readonly string[] = [
  "X-Checksum: abc",
  "x-empty:",
  "X-Twice: 1",
  "X-Twice: 2",
  "Host: evil.test",
  "X-Fig-Side: modern",
  "Grpc-Status: 0",
  "X-Obs: \xe9",
];

/** Trailers that no sender may write, and that a reader must not act on. */
export const WRONG_TRAILERS: readonly string[] = [
  "Content-Length: 3",
  "Transfer-Encoding: chunked",
  "Connection: close",
  "Upgrade: websocket",
  "Keep-Alive: timeout=1",
];
