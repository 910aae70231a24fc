/** `total` bytes on the wire at least, as chunks of `size` bytes each, without the last chunk. */
export function chunksOf(size, total) {
  const chunk = `${size.toString(16)}\r\n${"X".repeat(size)}\r\n`;
  return Buffer.from(chunk.repeat(Math.ceil(total / chunk.length)), "latin1");
}

/** A head, with the host that the doors here take for any. */
export function head(method, path, fields = []) {
  return `${[`${method} ${path} HTTP/1.1`, "Host: abuse.test", ...fields].join("\r\n")}\r\n\r\n`;
}

/** As many characters as asked for, of one pattern. */
export function repeated(pattern, chars) {
  return pattern.repeat(Math.ceil(chars / pattern.length)).slice(0, chars);
}

/** What made one pattern or another take quadratic time: quotation marks in UTF-8, what tokens and lists begin with. */
export const ODD = {
  quotes: Buffer.from("‹").toString("latin1"),
  tokens: "eyJ",
  dotted: "eyJ.eyJ.",
  commas: ", ",
  equals: "a=;",
  angles: "<;",
  blanks: " \t",
  percent: "%25",
};
