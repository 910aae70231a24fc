const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Of an answer's members those that are texts; undefined: `id` is none. */
export function texts(
  answer: Readonly<Record<string, unknown>>,
  names: readonly string[],
  id: string,
): Readonly<Record<string, string>> | undefined {
  if (typeof answer[id] !== "string") return undefined;
  return Object.fromEntries(
    names.flatMap((name) => (typeof answer[name] === "string" ? [[name, answer[name]]] : [])),
  );
}

/** Bytes as text; undefined: they are none in UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return STRICT.decode(bytes);
  } catch {
    return undefined;
  }
}
