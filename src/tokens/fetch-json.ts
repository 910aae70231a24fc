import { readFile, stat } from "node:fs/promises";
import { type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { parseSent } from "../domain/sent-json.ts";

/** Amazon API Gateway's bounds: so large, and so long, a JWKS or a discovery document may be. */
const MAX_KEYS_BYTES = 150_000;
const KEYS_MS = 1_500;

/** Why keys could not be read. Words of a short list: they are labels. */
export type FetchFailure =
  | "unreachable"
  | "timeout"
  | "status"
  | "redirect"
  | "too_large"
  | "invalid"
  | "issuer";

export class FetchError extends Error {
  readonly reason: FetchFailure;

  constructor(reason: FetchFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

export interface Fetched {
  readonly value: unknown;
  /** Cache-Control's max-age, in ms; undefined: nothing was said of it. */
  readonly maxAgeMs: number | undefined;
}

function maxAgeOf({ headers }: IncomingMessage): number | undefined {
  const said = headers["cache-control"] ?? "";
  if (/\bno-(?:store|cache)\b/i.test(said)) return 0;
  const seconds = /\bmax-age="?(\d{1,10})/i.exec(said)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function json(text: Buffer, at: string): unknown {
  try {
    return parseSent(text.toString("utf8"));
  } catch (cause) {
    throw new FetchError("invalid", `${at} is no JSON`, cause);
  }
}

/** The code of a system's or OpenSSL's error: its text may have what a server chose. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "failed";
}

/** GET a JSON document: one answer, no redirect followed, at most `MAX_KEYS_BYTES` and `KEYS_MS`. Rejects with a FetchError. */
export function fetchJson(url: string): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(KEYS_MS);
    const fail = (error: unknown) => {
      if (error instanceof FetchError) reject(error);
      else if (signal.aborted)
        reject(new FetchError("timeout", `${url} did not answer within ${KEYS_MS} ms`, error));
      else reject(new FetchError("unreachable", `${url} could not be reached (${codeOf(error)})`, error));
    };
    const send = url.startsWith("https:") ? overHttps : overHttp;
    const asked = send(url, { agent: false, signal, headers: { accept: "application/json" } });
    asked.on("error", fail);
    asked.on("response", (answer) => {
      const stop = (error: FetchError) => {
        fail(error);
        asked.destroy();
      };
      const { statusCode = 0 } = answer;
      if (statusCode >= 300 && statusCode < 400)
        return stop(new FetchError("redirect", `${url} redirects, which is not followed`));
      if (statusCode !== 200) return stop(new FetchError("status", `${url} answered ${statusCode}`));
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("error", fail);
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_KEYS_BYTES)
          stop(new FetchError("too_large", `${url} is larger than ${MAX_KEYS_BYTES} bytes`));
        else chunks.push(chunk);
      });
      answer.on("end", () => {
        try {
          resolve({ value: json(Buffer.concat(chunks), url), maxAgeMs: maxAgeOf(answer) });
        } catch (error) {
          fail(error);
        }
      });
      // Cut off before its end.
      answer.on("close", () => fail(new Error("closed")));
    });
    asked.end();
  });
}

/** The same of a file. */
export async function readJson(path: string): Promise<Fetched> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new FetchError("invalid", `${path} is no file`);
    if (found.size > MAX_KEYS_BYTES)
      throw new FetchError("too_large", `${path} is larger than ${MAX_KEYS_BYTES} bytes`);
    return { value: json(await readFile(path), path), maxAgeMs: undefined };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    throw new FetchError("unreachable", `${path} cannot be read (${codeOf(error)})`, error);
  }
}
