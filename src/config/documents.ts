import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { indexOpenApi } from "../domain/openapi/document.ts";
import { type ConfigDocument, keysAt, type ProblemList, textAt } from "./document.ts";

const MAX_BYTES = 16 * 1024 * 1024;
/** YAML anchors that are used more often make a small file a large document. */
const MAX_ALIASES = 1_000;
/** Of a document as JSON. */
const MAX_TEXT = 32 * 1024 * 1024;
/** Problems of one document that are told. */
const MAX_TOLD = 20;

/** What was found at a path. */
type ApiFile = { readonly text: string } | { readonly error: string };

/** By absolute path. */
export type ApiFiles = ReadonlyMap<string, ApiFile>;

/** An OpenAPI document that passed. */
interface ApiDocument {
  /** One for each text. */
  readonly id: string;
  /** JSON. */
  readonly text: string;
}

function named(fig: ConfigDocument, folder: string): readonly (readonly [name: string, path: string])[] {
  return (keysAt(fig.value, ["documents"]) ?? []).flatMap((name) => {
    const path = textAt(fig.value, ["documents", name]);
    return path === undefined || path === "" || path.includes("\0")
      ? []
      : [[name, resolve(folder, path)] as const];
  });
}

/** The documents that fig.yaml names, absolute. */
export function apiPaths(fig: ConfigDocument, folder: string): readonly string[] {
  return [...new Set(named(fig, folder).map(([, path]) => path))];
}

export async function readApiFiles(paths: readonly string[]): Promise<ApiFiles> {
  const files = new Map<string, ApiFile>();
  for (const path of paths) files.set(path, await read(path));
  return files;
}

async function read(path: string): Promise<ApiFile> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { error: "it is no file" };
    if (found.size > MAX_BYTES) return { error: `it is larger than ${MAX_BYTES} bytes` };
    return { text: await readFile(path, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { error: code === "ENOENT" ? "it does not exist" : `it cannot be read (${code})` };
  }
}

class TooLarge extends Error {}

function readDocument(text: string): unknown {
  if (text.trimStart().startsWith("{"))
    try {
      return JSON.parse(text);
    } catch {
      // YAML may begin so too, and says better what is wrong.
    }
  return parse(text, { maxAliasCount: MAX_ALIASES, logLevel: "error" });
}

/** As JSON. Throws where aliases make it too large, or lead back to what holds them. */
function textOf(value: unknown): string {
  let chars = 0;
  return JSON.stringify(value, (key, part: unknown) => {
    chars += key.length + (typeof part === "string" ? part.length : 2);
    if (chars > MAX_TEXT) throw new TooLarge();
    return part;
  });
}

/** Reads what the files hold; what is wrong with them is in the list. */
export function documentsOf(
  fig: ConfigDocument,
  folder: string,
  files: ApiFiles | undefined,
  problems: ProblemList,
): ReadonlyMap<string, ApiDocument> {
  const documents = new Map<string, ApiDocument>();
  for (const [name, path] of named(fig, folder)) {
    const place = fig.place(["documents", name]);
    const wrong = (message: string, remedy: string) =>
      problems.add(place, `documents.${name}: ${message}`, remedy);
    const file = files?.get(path);
    if (file === undefined) {
      wrong("no file is read for a config that a program gives", "let loadConfig read fig.yaml");
      continue;
    }
    if ("error" in file) {
      wrong(file.error, "name an OpenAPI document of version 3.0 or 3.1, in YAML or JSON");
      continue;
    }
    let value: unknown;
    let text: string;
    try {
      value = readDocument(file.text);
      text = textOf(value);
    } catch (error) {
      if (error instanceof TooLarge) {
        wrong(`it is larger than ${MAX_TEXT} characters once its aliases are filled in`, "use $ref instead");
        continue;
      }
      wrong(`it is neither YAML nor JSON: ${(error as Error).message.split("\n", 1)[0]}`, "correct it");
      continue;
    }
    const index = indexOpenApi(value);
    if ("operations" in index) {
      documents.set(name, { id: createHash("sha256").update(text).digest("hex").slice(0, 16), text });
    } else {
      for (const { at, message } of index.slice(0, MAX_TOLD))
        wrong(`${at}: ${message}`, "correct the document");
    }
  }
  return documents;
}
