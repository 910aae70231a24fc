import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { FigError } from "../domain/errors.ts";

export interface AdminAddress {
  /** `http://127.0.0.1:9901` */
  readonly origin: string;
  /** FIG_ADMIN_TOKEN; never printed. */
  readonly token: string | undefined;
}

const CONNECT_MS = 3_000;
const ANSWER_MS = 30_000;
/** A ledger of a hundred thousand entries is well below; what is larger is not an admin API. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * One JSON request to an admin API, on a connection of its own. Fails with the FigError the front door answered, else
 * with `admin_unreachable` (nothing answers there), `not_an_admin` (something else does) or `admin_token`.
 */
export async function adminRequest(
  address: AdminAddress,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<unknown> {
  return checked(address, await exchange(address, method, path, body));
}

/** The id of the state that a front door answers for: every answer of its carries it, so the smallest is asked for. */
export async function adminStateId(address: AdminAddress): Promise<string> {
  const answer = await exchange(address, "GET", "/session", undefined);
  checked(address, answer);
  if (answer.stateId === undefined) throw notAnAdmin(address, "its answer names no state");
  return answer.stateId;
}

function checked(address: AdminAddress, { status, text }: Answer): unknown {
  const parsed = parse(text);
  if (status === 401) throw tokenError(address, parsed);
  if (parsed === undefined) throw notAnAdmin(address, `it answered ${status} without JSON`);
  if (status >= 200 && status < 300) return parsed;
  throw answeredError(address, status, parsed);
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly stateId: string | undefined;
}

function exchange(address: AdminAddress, method: string, path: string, body: unknown): Promise<Answer> {
  const url = new URL(`/api/v1${path}`, address.origin);
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers: Record<string, string> = { accept: "application/json" };
  if (address.token !== undefined) headers.authorization = `Bearer ${address.token}`;
  if (payload !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(payload.length);
  }
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, agent: false });
    const fail = (reason: string, cause?: unknown): void => {
      clearTimeout(timer);
      request.destroy();
      reject(unreachable(address, method, reason, cause));
    };
    let timer = setTimeout(() => fail("no connection within 3 s"), CONNECT_MS);
    request.on("socket", (socket) => {
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
        clearTimeout(timer);
        timer = setTimeout(() => fail("no answer within 30 s"), ANSWER_MS);
      });
    });
    request.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error));
    request.on("response", (response) => {
      collect(response).then(
        (text) => {
          clearTimeout(timer);
          const id = response.headers["x-fig-state"];
          const stateId = Array.isArray(id) ? id[0] : id;
          resolve({ status: response.statusCode ?? 0, text, stateId });
        },
        (error: Error) => fail(error.message, error),
      );
    });
    request.end(payload);
  });
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("its answer is larger than 256 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface AnsweredError {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly details: unknown;
}

function errorIn(parsed: unknown): AnsweredError | undefined {
  const error = (parsed as { readonly error?: Partial<AnsweredError> } | null | undefined)?.error;
  if (typeof error?.code !== "string" || typeof error.message !== "string") return undefined;
  const remedy = typeof error.remedy === "string" ? error.remedy : undefined;
  return { code: error.code, message: error.message, remedy, details: error.details ?? undefined };
}

function answeredError(address: AdminAddress, status: number, parsed: unknown): FigError {
  const error = errorIn(parsed);
  if (error === undefined) return notAnAdmin(address, `it answered ${status} without an error code`);
  return new FigError(error.code, error.message, {
    details: error.details,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  });
}

function tokenError(address: AdminAddress, parsed: unknown): FigError {
  const why = address.token === undefined ? "needs a token" : "does not accept this token";
  return new FigError("admin_token", `the front door at ${address.origin} ${why} (401)`, {
    remedy: "set FIG_ADMIN_TOKEN to its adminToken",
    details: { answer: errorIn(parsed)?.message },
  });
}

function unreachable(address: AdminAddress, method: string, reason: string, cause: unknown): FigError {
  const remedy =
    method === "POST"
      ? "before you run it again, check with `fig history` whether it was written"
      : "start it with `fig serve`, or name its admin address with --admin";
  const message = `no front door answers at ${address.origin}: ${reason}`;
  return new FigError("admin_unreachable", message, { remedy, cause });
}

function notAnAdmin(address: AdminAddress, reason: string): FigError {
  return new FigError(
    "not_an_admin",
    `what answers at ${address.origin} is not an admin API of fig: ${reason}`,
    {
      remedy: "name the front door's admin address with --admin",
    },
  );
}
