import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Request, Response } from "express";

interface Page {
  readonly type: string;
  readonly bytes: Buffer;
  /** By content coding, where it was made at build time. */
  readonly coded: ReadonlyMap<string, Buffer>;
  readonly etag: string;
  /** Its name changes with what is in it. */
  readonly hashed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};

const CODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/** The page's own scripts and styles and this API; nothing inline, nothing from elsewhere, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export type Pages = ReadonlyMap<string, Page>;

/** Where the build puts the dashboard, seen from the sources and from what is built of them. */
export function dashboardFolder(): string {
  const place = import.meta.url.endsWith(".ts") ? "../../dist/dashboard" : "./dashboard";
  return fileURLToPath(new URL(place, import.meta.url));
}

/** Every file of a folder by its path, read once: what is asked for is looked up, never resolved. Missing: no pages. */
export function readPages(folder: string): Pages {
  const pages = new Map<string, Page>();
  if (!existsSync(folder)) return pages;
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) =>
    name.replaceAll("\\", "/"),
  );
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = readFileSync(join(folder, name));
    const coded = new Map(
      CODINGS.filter(([, ending]) => names.includes(name + ending)).map(([coding, ending]) => [
        coding as string,
        readFileSync(join(folder, name + ending)),
      ]),
    );
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    const page = { type, bytes, coded, etag, hashed: name.startsWith("assets/") };
    pages.set(name === "index.html" ? "/" : `/${name}`, page);
  }
  return pages;
}

/** Codings the client takes (RFC 9110 §12.5.3), without weights: the smaller is always the better. */
function accepts(request: Request, coding: string): boolean {
  return (request.get("accept-encoding") ?? "").split(",").some((part) => {
    const [name, ...parameters] = part
      .trim()
      .toLowerCase()
      .split(";")
      .map((part) => part.trim());
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** Answers with a page; a page holds no data, so anybody may have it. */
export function sendPage(page: Page, request: Request, response: Response): void {
  response.set({
    "content-security-policy": POLICY,
    "cache-control": page.hashed ? "public, max-age=31536000, immutable" : "no-cache",
    "cross-origin-opener-policy": "same-origin",
    etag: page.etag,
    vary: "accept-encoding",
  });
  if (request.get("if-none-match") === page.etag) {
    response.status(304).end();
    return;
  }
  const coding = CODINGS.map(([name]) => name).find((name) => page.coded.has(name) && accepts(request, name));
  if (coding !== undefined) response.set("content-encoding", coding);
  const bytes = (coding === undefined ? undefined : page.coded.get(coding)) ?? page.bytes;
  response.set({ "content-type": page.type, "content-length": String(bytes.length) });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
