import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { ErrorBody } from "../control/contract.ts";
import { FigError } from "../domain/errors.ts";
import { writtenSize } from "../domain/quantities.ts";
import { durationText } from "../domain/wording.ts";

export interface AdminAddress {
  /** `http://127.0.0.1:9901`, or `unix:/run/fig/admin.sock` */
  readonly origin: string;
  /** FIG_ADMIN_TOKEN; never printed. */
  readonly token: string | undefined;
  /** Hears once a request what is waited for, where an answer does not come soon. */
  readonly onWait?: ((what: string) => void) | undefined;
  readonly patience?: Patience;
}

/** In ms. */
interface Patience {
  /** Until a connection stands. */
  readonly connect: number;
  /** Until the user hears what is waited for. */
  readonly say: number;
  /** Until the smallest question is answered, which a front door that runs does at once. */
  readonly knock: number;
  /** Until anything else is answered. */
  readonly answer: number;
}

const PATIENCE: Patience = { connect: 3_000, say: 1_500, knock: 5_000, answer: 20_000 };

/** A ledger of a hundred thousand entries is well below it; a larger answer is not an admin API's. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * One JSON request to an admin API, on a connection of its own. Fails with the FigError the front door answered, else
 * with `admin_unreachable` (nothing listens there), `admin_silent` (it takes connections and does not answer), `not_an_admin`
 * (something else answers) or `admin_token`.
 */
export async function adminRequest(
  address: AdminAddress,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
): Promise<unknown> {
  return checked(address, await exchange(address, method, path, body, "answer"));
}

/** Who answers there, and what all its answers say of its state. */
export interface AdminSession {
  /** Of the state that the front door answers for. */
  readonly stateId: string;
  /** Since when its store is away, ISO 8601; undefined: it is there. */
  readonly awaySince: string | undefined;
  /** `name` of its fig.yaml. */
  readonly name: string | undefined;
}

/** By the smallest answer there is: all of them carry the state. */
export async function adminSession(address: AdminAddress): Promise<AdminSession> {
  const answer = await exchange(address, "GET", "/session", undefined, "knock");
  const session = checked(address, answer);
  const { stateId, awaySince } = answer;
  if (stateId === undefined) throw notAnAdmin(address, "its answer names no state");
  const { name } = session as { readonly name?: unknown };
  return { stateId, awaySince, name: typeof name === "string" ? name : undefined };
}

function checked(address: AdminAddress, { status, text, stateId }: Answer): unknown {
  const parsed = parse(text);
  if (status === 401) throw tokenError(address, parsed);
  if (parsed === undefined) throw notAnAdmin(address, `it answered ${status} without JSON`);
  if (status >= 200 && status < 300) return parsed;
  // What clients of a front door are told has the same form, but names no state.
  if (stateId === undefined) throw notAnAdmin(address, `it answered ${status}, and names no state`);
  throw answeredError(address, status, parsed);
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly stateId: string | undefined;
  readonly awaySince: string | undefined;
}

/**
 * Not `fetch`: it refuses ports that browsers refuse (10080, 6000 …), takes the proxy of NODE_USE_ENV_PROXY, to which the
 * token would go, and does not tell a connection that never stood from an answer that never came.
 */
async function exchange(
  address: AdminAddress,
  method: string,
  path: string,
  body: unknown,
  limit: "knock" | "answer",
): Promise<Answer> {
  const patience = address.patience ?? PATIENCE;
  const socketPath = address.origin.startsWith("unix:") ? address.origin.slice("unix:".length) : undefined;
  const url = new URL(`/api/v1${path}`, socketPath === undefined ? address.origin : "http://localhost");
  const secure = url.protocol === "https:";
  const headers: Record<string, string> = { accept: "application/json" };
  if (address.token !== undefined) headers.authorization = `Bearer ${address.token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  // TLS is loaded where it is spoken: most admins are on this machine.
  const send = secure ? (await import("node:https")).request : httpRequest;
  const late = new AbortController();
  let connected = false;
  const give = (ms: number) =>
    setTimeout(() => late.abort(new Error(`no connection within ${durationText(ms)}`)), ms);
  let timer = give(patience.connect);
  const most = durationText(patience[limit]);
  const saying = setTimeout(
    () => address.onWait?.(`waiting for the front door at ${address.origin} to answer, at most ${most}`),
    patience.say,
  );
  const { signal } = late;
  const request = send(url, {
    ...{ method, headers, agent: false, signal },
    ...(socketPath === undefined ? {} : { socketPath }),
  });
  // Once there is a response, what breaks it is told there.
  request.on("error", () => undefined);
  request.on("socket", (socket) => {
    socket.once(secure ? "secureConnect" : "connect", () => {
      connected = true;
      clearTimeout(timer);
      timer = give(patience[limit]);
    });
  });
  try {
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const text = await collect(response);
    const header = (name: string) => [response.headers[name]].flat()[0];
    const [stateId, awaySince] = [header("x-fig-state"), header("x-fig-store-away")];
    return { status: response.statusCode ?? 0, text, stateId, awaySince };
  } catch (error) {
    if (signal.aborted && connected) throw silent(address, method, path, most);
    const why = (signal.aborted ? signal.reason : error) as NodeJS.ErrnoException;
    throw unreachable(address, method, path, why.code ?? why.message, why);
  } finally {
    clearTimeout(timer);
    clearTimeout(saying);
    request.destroy();
  }
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new Error(`its answer is larger than ${writtenSize(MAX_ANSWER_BYTES)}`);
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

type AnsweredError = Omit<ErrorBody["error"], "requestId">;

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

/** What shows whether something was written. */
function written(path: string): string {
  const look = path.startsWith("/keys") ? "fig keys list" : "fig history";
  return `before you run it again, check with \`${look}\` whether it was written`;
}

function unreachable(
  address: AdminAddress,
  method: string,
  path: string,
  reason: string,
  cause: unknown,
): FigError {
  const remedy =
    method !== "GET" ? written(path) : "start it with `fig serve`, or name its admin address with --admin";
  const message = `no front door answers at ${address.origin}: ${reason}`;
  return new FigError("admin_unreachable", message, { remedy, cause });
}

function silent(address: AdminAddress, method: string, path: string, most: string): FigError {
  const look = "see whether its process is stopped, or starved of CPU";
  const message = `the front door at ${address.origin} took the connection, but gave no answer within ${most}`;
  return new FigError("admin_silent", message, {
    remedy: method !== "GET" ? `${look}; ${written(path)}` : look,
  });
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
