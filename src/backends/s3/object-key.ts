/** S3's bound of a key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
const CONTROLS = /\p{Cc}/u;
const ENCODED_SLASH = /%(?:2f|5c)/i;

/**
 * The key of the object that a path names, below a prefix; undefined: it names none. What could be read as leading elsewhere names
 * none either: dot segments and encoded slashes, which S3 would take for parts of a name, and others on the way might not.
 * `path`: latin1, as sent, with its first slash.
 */
export function keyOf(path: string, prefix: string): string | undefined {
  if (!path.startsWith("/") || ENCODED_SLASH.test(path)) return undefined;
  let text: string;
  try {
    // Bytes that were sent as they are stand for themselves.
    text = decodeURIComponent(
      path.slice(1).replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`),
    );
  } catch {
    return undefined;
  }
  if (CONTROLS.test(text) || text.split(/[/\\]/).some((segment) => segment === "." || segment === ".."))
    return undefined;
  const key = prefix + text;
  return Buffer.byteLength(key) > MAX_KEY_BYTES ? undefined : key;
}
