/** Whether a Content-Type's media type is one of these; parameters and case count for nothing. */
export type MediaTypeTest = (contentType: string) => boolean;

/** Of a Content-Type: the media type alone, lower-case. */
export function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** `application/json`, `text/*`, `application/*+json`, `*\/*`: a `*` stands for what no other sign stands for. */
export function mediaTypeTest(patterns: readonly string[]): MediaTypeTest {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const open = patterns
    .filter((pattern) => pattern.includes("*"))
    .map((pattern) => {
      const [type = "*", subtype = "*"] = pattern.split("/");
      return { type, subtype, suffix: subtype.slice(1) };
    });
  return (contentType) => {
    const found = mediaTypeOf(contentType);
    if (exact.has(found)) return true;
    const slash = found.indexOf("/");
    if (slash <= 0 || slash === found.length - 1) return false;
    const [type, subtype] = [found.slice(0, slash), found.slice(slash + 1)];
    return open.some(
      (each) =>
        (each.type === "*" || each.type === type) &&
        (each.subtype.startsWith("*") ? subtype.endsWith(each.suffix) : each.subtype === subtype),
    );
  };
}
