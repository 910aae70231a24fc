import { isPrintable, printableLines } from "../../../src/domain/printable.ts";
import { cell } from "./cell.ts";
import type { ErrorBody } from "./wire.ts";

/** How often the front door did not know who asks. */
export const unauthorized = cell(0);

/** What the admin API answered instead of what was asked for. */
export class ApiError extends Error {
  /** 0: no answer at all. */
  readonly status: number;
  readonly code: string;
  readonly remedy: string | undefined;
  readonly details: unknown;

  constructor(status: number, code: string, message: string, remedy?: string, details?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
    this.details = details;
  }
}

interface Reply<T> {
  readonly body: T;
  readonly headers: Headers;
}

async function ask<T>(path: string, init: RequestInit): Promise<Reply<T>> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, { ...init, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(
      0,
      "no_answer",
      "The front door does not answer.",
      "Is it running, and is this its address?",
    );
  }
  const text = await response.text();
  const body: unknown = text === "" ? undefined : parsed(text);
  if (response.ok) return { body: body as T, headers: response.headers };
  if (response.status === 401) unauthorized.set(unauthorized.get() + 1);
  const {
    code = "unexpected",
    message,
    remedy,
    details,
  } = (body as Partial<ErrorBody> | undefined)?.error ?? {};
  throw new ApiError(
    response.status,
    code,
    message ?? `The front door answered ${response.status}.`,
    remedy,
    details,
  );
}

/** Names, reasons and samples are other people's. Most answers have nothing of the kind, and cost one look. */
function parsed(text: string): unknown {
  const made = isPrintable(text) && !text.includes("\\u");
  try {
    return made ? JSON.parse(text) : JSON.parse(text, (_key, value) => shown(value));
  } catch {
    return undefined;
  }
}

function shown(value: unknown): unknown {
  return typeof value === "string" ? printableLines(value) : value;
}

export function get<T>(path: string, signal?: AbortSignal): Promise<Reply<T>> {
  return ask<T>(path, signal === undefined ? {} : { signal });
}

export async function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  const headers = { "content-type": "application/json" };
  const init: RequestInit = { method: "POST", headers, body: JSON.stringify(body) };
  return (await ask<T>(path, signal === undefined ? init : { ...init, signal })).body;
}

export async function remove<T>(path: string): Promise<T> {
  return (await ask<T>(path, { method: "DELETE" })).body;
}

/** A path with its query; what is undefined is left out. */
export function url(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}
