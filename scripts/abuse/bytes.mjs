/** `total` bytes on the wire at least, as chunks of `size` bytes each, without the last chunk. */
export function chunksOf(size, total) {
  const chunk = `${size.toString(16)}\r\n${"X".repeat(size)}\r\n`;
  return Buffer.from(chunk.repeat(Math.ceil(total / chunk.length)), "latin1");
}

/** A head, with the host that the doors here take for any. */
export function head(method, path, fields = []) {
  return `${[`${method} ${path} HTTP/1.1`, "Host: abuse.test", ...fields].join("\r\n")}\r\n\r\n`;
}
