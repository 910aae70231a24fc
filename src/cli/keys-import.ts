import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ImportApiKeysBody } from "../control/api-keys/contract.ts";
import { MAX_IMPORTED } from "../control/schemas/api-keys.ts";
import { FigError, messageOf } from "../domain/errors.ts";
import { csvRows } from "./csv.ts";

type ImportedKey = ImportApiKeysBody["keys"][number];

/** API Gateway's least for keys that are imported: shorter ones may be words that can be guessed, and one SHA-256 hides no word. */
const MIN_KEY_CHARS = 30;
const MAX_KEY_CHARS = 256;
/** The admin API takes bodies of 64 KiB. */
const BYTES_AT_ONCE = 48 * 1024;
const MAX_PROBLEMS = 10;

interface ImportWishes {
  /** Of keys whose usage plan no `planOf` names. */
  readonly plan: string | null;
  /** Names of plans here, by ids of usage plans there. */
  readonly planOf: ReadonlyMap<string, string>;
}

/**
 * The keys of a file as API Gateway exports them (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html): a line of
 * names, then `Name,Key,Description,Enabled,UsagePlanIds`; instead of Key, `Hash` with its SHA-256 in hex. The texts of keys are hashed here
 * and go no further. Throws a FigError `invalid_request` that names every line that cannot be taken, without what stands in it.
 */
export async function keysOfFile(
  folder: string,
  file: string,
  wishes: ImportWishes,
): Promise<readonly ImportedKey[]> {
  const rows = csvRows(await textOf(resolve(folder, file)));
  const [head, ...lines] = rows ?? [];
  const names = (head ?? []).map((name) => name.trim().toLowerCase());
  const problems: string[] = [];
  if (rows === undefined) problems.push("a quote is not closed");
  else if (!names.includes("name") || !(names.includes("key") || names.includes("hash")))
    problems.push("the first line must name its columns: Name,Key,Description,Enabled,UsagePlanIds");
  const keys: ImportedKey[] = [];
  if (problems.length === 0)
    for (const [index, line] of lines.entries()) {
      const cells = new Map(names.map((name, at) => [name, (line[at] ?? "").trim()]));
      const key = keyOf(cells, wishes);
      if (typeof key === "string") problems.push(`key ${index + 1}: ${key}`);
      else keys.push(key);
    }
  if (problems.length === 0 && keys.length === 0) problems.push("it holds no key");
  if (problems.length === 0) return keys;
  const more = problems.length - MAX_PROBLEMS;
  throw new FigError("invalid_request", `${file} cannot be imported; nothing was written`, {
    details: {
      reasons: [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])],
    },
    remedy: "Correct the file, and import it again: keys that are there already are passed over.",
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new FigError("invalid_request", `the file cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** What is wrong, or the key. */
function keyOf(cells: ReadonlyMap<string, string>, { plan, planOf }: ImportWishes): ImportedKey | string {
  const cell = (name: string) => cells.get(name) ?? "";
  const name = cell("name");
  if (name === "") return "it has no name";
  const enabled = cell("enabled").toLowerCase();
  if (!["", "true", "false"].includes(enabled)) return "Enabled is neither TRUE nor FALSE";
  const hashed = hashedOf(cell("key"), cell("hash").toLowerCase());
  if (typeof hashed === "string") return hashed;
  const usagePlans = cell("usageplanids")
    .split(/[\s,|]+/)
    .filter((id) => id !== "");
  const known = [...new Set(usagePlans.flatMap((id) => planOf.get(id) ?? []))];
  if (known.length > 1) return `it is on several plans: ${known.join(", ")}; a key here is on one`;
  return {
    ...{ name, ...hashed },
    ...{ description: cell("description"), owner: "", enabled: enabled !== "false" },
    plan: known[0] ?? plan,
  };
}

function hashedOf(key: string, hash: string): Pick<ImportedKey, "hash" | "last"> | string {
  if (key === "") return /^[0-9a-f]{64}$/.test(hash) ? { hash, last: "" } : "it has neither a key nor a hash";
  if (!/^[!-~]+$/.test(key)) return "its key has other characters than visible ASCII";
  if (key.length < MIN_KEY_CHARS || key.length > MAX_KEY_CHARS)
    return `its key has ${key.length} characters: ${MIN_KEY_CHARS} to ${MAX_KEY_CHARS} are taken`;
  return { hash: createHash("sha256").update(key).digest("hex"), last: key.slice(-4) };
}

/** As many as one request takes. */
export function* batches(keys: readonly ImportedKey[]): Generator<readonly ImportedKey[]> {
  let batch: ImportedKey[] = [];
  let bytes = 0;
  for (const key of keys) {
    const more = Buffer.byteLength(JSON.stringify(key)) + 1;
    if (batch.length === MAX_IMPORTED || (batch.length > 0 && bytes + more > BYTES_AT_ONCE)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(key);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}
