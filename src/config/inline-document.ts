import { type ConfigDocument, type DocumentPath, dotted, type ProblemList } from "./document.ts";

const MAX_DEPTH = 100;

function plainCopy(
  value: unknown,
  path: DocumentPath,
  problem: (path: DocumentPath, what: string) => void,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (path.length > MAX_DEPTH) {
    problem(path.slice(0, 3), `values are nested more than ${MAX_DEPTH} deep`);
    return undefined;
  }
  if (Array.isArray(value)) return value.map((item, index) => plainCopy(item, [...path, index], problem));
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value)) {
    if (key === "__proto__") problem(path, "__proto__ cannot be a key");
    else if (member !== undefined) copy[key] = plainCopy(member, [...path, key], problem);
  }
  return copy;
}

/** A value given by a program: its places are its paths, without lines. Environment references are not filled in. */
export function inlineDocument(name: string, value: unknown, problems: ProblemList): ConfigDocument {
  const place = (path: DocumentPath) => ({ file: dotted([name, ...path]), line: 0, column: 0 });
  const copy = plainCopy(value, [], (path, what) => problems.add(place(path), what, "leave it out"));
  return { file: name, value: copy, readable: true, place };
}
