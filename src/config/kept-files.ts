import { createHash } from "node:crypto";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { FigError } from "../domain/errors.ts";
import type { FileParts, FilesContent, KeptFile, PackedFiles } from "../domain/kept-files.ts";
import { withoutCredentials } from "./redacted-files.ts";
import { secretVariables } from "./secret-places.ts";

/** What unpacking may make of a set: beyond it, it is none of ours. */
const MAX_UNPACKED = 512 * 1024 * 1024;

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The folder around all files. */
function commonFolder(paths: readonly string[]): string {
  const [first = "/", ...others] = paths.map((path) => dirname(path));
  let folder = first;
  const holds = (path: string) => {
    const way = relative(folder, path);
    return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
  };
  while (!others.every(holds) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

/** Settings that are this host's own, or that hold credentials: what they change shows as a change of fig.yaml. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...["file", "listen", "admin", "adminToken", "state", "workers", "reusePort", "lane", "accessLog", "name"],
  ...["samples", "webhooks", "identity", "tracing", "policies"],
  ...["routes", "migrations", "upstreams", "documents"],
]);

/** What of the policies may be hashed: a client's secret is not. */
function hashable<Of extends { readonly login?: unknown } | undefined>(policies: Of) {
  if (policies === undefined) return undefined;
  const { login, ...others } = policies;
  return { ...others, login: login !== undefined };
}

function partsOf(config: FrontDoorConfig, files: readonly KeptFile[]): FileParts {
  const parts: Record<string, string> = {};
  const add = (name: string, value: unknown) => {
    parts[name] = hashOf(canonicalJson(value));
  };
  for (const route of config.routes) {
    const { source: _source, hash: _hash, servingHash: _serving, policies, ...definition } = route;
    add(`route ${route.id}`, { ...definition, policies: hashable(policies) });
  }
  for (const [name, upstream] of config.upstreams) add(`upstream ${name}`, upstream);
  for (const { number, name, hash } of config.migrations)
    add(`step ${String(number).padStart(4, "0")}`, { name, hash });
  for (const [name, { id }] of config.documents) add(`document ${name}`, id);
  add("setting policies", hashable(config.policies));
  for (const [key, value] of Object.entries(config))
    if (!LEFT_OUT.has(key) && value !== undefined) add(`setting ${key}`, value);
  for (const { path, text } of files) parts[`file ${path}`] = hashOf(text);
  return parts;
}

/** The hash of all that is no file, so that doors whose files differ in their own addresses alone are told to serve the same. */
function tableOf(parts: FileParts): string {
  const serving = Object.entries(parts).filter(([name]) => !name.startsWith("file "));
  return hashOf(canonicalJson(Object.fromEntries(serving)));
}

/** The files that a config was read from, by absolute path. */
function contentOf(config: FrontDoorConfig, texts: ReadonlyMap<string, string>): FilesContent {
  const main = resolve(config.file ?? "fig.yaml");
  const root = commonFolder([main, ...texts.keys()]);
  const redacted: string[] = [];
  const variables = secretVariables(texts);
  const files = [...texts].map(([path, text]): KeptFile => {
    const name = relative(root, path).split(sep).join("/");
    const kept = withoutCredentials(name, text, variables);
    redacted.push(...kept.lines.map((line) => `${name}:${line}`));
    return { path: name, text: kept.text };
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = partsOf(config, files);
  return { main: relative(root, main).split(sep).join("/"), files, redacted, parts };
}

/** A set of files as it is kept: without credentials, and packed. */
export async function packFiles(
  config: FrontDoorConfig,
  texts: ReadonlyMap<string, string>,
): Promise<PackedFiles> {
  const content = contentOf(config, texts);
  const { main, files, redacted, parts } = content;
  const id = createHash("sha256")
    .update(JSON.stringify([main, files.map(({ path, text }) => [path, text])]))
    .digest("hex")
    .slice(0, 32);
  const packed = await promisify(gzip)(JSON.stringify(content), { level: 9 });
  return {
    ...{ id, table: tableOf(parts), main, redacted, parts, count: files.length },
    bytes: files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    packed: packed.toString("base64"),
  };
}

function isContent(value: unknown): value is FilesContent {
  if (typeof value !== "object" || value === null) return false;
  const { main, files, redacted, parts } = value as Readonly<Record<string, unknown>>;
  const isFile = (file: unknown) => {
    const { path, text } = (file ?? {}) as Readonly<Record<string, unknown>>;
    return typeof path === "string" && typeof text === "string";
  };
  return (
    typeof main === "string" &&
    Array.isArray(files) &&
    files.every(isFile) &&
    Array.isArray(redacted) &&
    typeof parts === "object" &&
    parts !== null
  );
}

/** What packFiles packed. Throws `files_not_kept` where it is something else: the store holds what others may have written. */
export async function unpackFiles(packed: string): Promise<FilesContent> {
  let cause: unknown;
  try {
    const bytes = await promisify(gunzip)(Buffer.from(packed, "base64"), { maxOutputLength: MAX_UNPACKED });
    const content: unknown = JSON.parse(bytes.toString("utf8"));
    if (isContent(content)) return content;
  } catch (error) {
    cause = error;
  }
  throw new FigError("files_not_kept", "the kept files are damaged: they cannot be read", {
    remedy: "take them from your version control; `fig files` lists other revisions",
    cause,
  });
}
