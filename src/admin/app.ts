import type { ServerResponse } from "node:http";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { FigError } from "../domain/errors.ts";
import { requestIdOf } from "../domain/request-id.ts";
import { scrubbed } from "../domain/scrub.ts";
import type { Log, Metrics } from "../observe/contract.ts";
import { statusOf } from "./error-table.ts";
import type { EventStreams } from "./event-streams.ts";
import { type Caller, type Guard, unauthorized } from "./guard.ts";
import { refuseDeep } from "./json-depth.ts";
import type { Operation, OperationDeps, Origin } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { type Pages, sendPage } from "./pages.ts";

/** What /readyz says; whatever else is in it is sent too. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence each. */
  readonly problems: readonly string[];
}

interface AppOptions extends OperationDeps {
  readonly guard: Guard;
  readonly streams: EventStreams;
  readonly metrics: Metrics;
  readonly ready: () => Readiness;
  readonly stateId: () => string;
  readonly storeAwaySince: () => number | undefined;
  readonly pages: Pages;
  readonly log: Log;
  readonly hex: (bytes: number) => string;
}

const API = "/api/v1";
/** Who may not even read may log in. */
const LOGIN = "/session";
const MAX_BODY_BYTES = 64 * 1024;

/** Answers are data for programs: nothing in them may be run, framed, sniffed or kept. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

export function createApp(options: AppOptions): Express {
  const { guard, streams, metrics, pages, log, hex } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", "simple");

  app.use((request, response, next) => {
    const id = requestIdOf(request.get("x-request-id"), hex);
    response.locals.requestId = id;
    response.set({ ...HEADERS, "x-request-id": id, "x-fig-state": options.stateId() });
    // An empty list says so too.
    const away = options.storeAwaySince();
    if (away !== undefined) response.set("x-fig-store-away", new Date(away).toISOString());
    next();
  });

  /** GET and HEAD; OPTIONS says so; anything else is 405. */
  const page = (path: string, answer: (response: Response) => void | Promise<void>) => {
    app
      .route(path)
      .get((_request, response) => answer(response))
      .options(allow("GET, HEAD"))
      .all(only("GET, HEAD"));
  };
  page("/livez", (response) => {
    response.json({ alive: true });
  });
  page("/readyz", (response) => {
    const readiness = options.ready();
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
  for (const [path, found] of pages) {
    app
      .route(path)
      .get((request, response) => sendPage(found, request, response))
      .options(allow("GET, HEAD"))
      .all(only("GET, HEAD"));
  }
  app.use((request, response, next) => {
    const caller: Caller = guard(request.method, request.headers, request.socket.remoteAddress ?? "");
    response.locals.caller = caller;
    next();
  });
  /** Before anything of a request is read or answered that only who acts may have. */
  const trusted = (_request: Request, response: Response, next: () => void) => {
    if (!(response.locals.caller as Caller).trusted) throw unauthorized();
    next();
  };
  const anybody = (_request: Request, _response: Response, next: () => void) => next();
  const readers = (_request: Request, response: Response, next: () => void) => {
    if ((response.locals.caller as Caller).stranger) {
      throw unauthorized("Under this Host only who has logged in may read.");
    }
    next();
  };
  const mayAsk = ({ open, path }: Operation) => (path === LOGIN ? anybody : open ? readers : trusted);

  app.use("/metrics", trusted);
  page("/metrics", async (response) => {
    const body = await metrics.render();
    response.type(metrics.contentType).end(body);
  });

  const json = express.json({
    limit: MAX_BODY_BYTES,
    inflate: false,
    type: "application/json",
    verify: (_request, _response, bytes) => refuseDeep(bytes),
  });
  for (const [path, rows] of byPath(OPERATIONS)) {
    const route = app.route(expressPath(path));
    const methods = rows
      .map((row) => (row.method === "get" ? "GET, HEAD" : row.method.toUpperCase()))
      .join(", ");
    for (const row of rows) {
      const may = mayAsk(row);
      const answer = (request: Request, response: Response) => run(row, request, response);
      if (row.method === "post") route.post(may, jsonOnly, json, answer);
      else route[row.method](may, answer);
    }
    route.all(mayAsk(rows.find((row) => row.open) ?? (rows[0] as Operation)));
    route.options(allow(methods)).all(only(methods));
  }
  app.use(trusted, (request) => {
    throw new FigError(
      "not_found",
      `There is nothing at ${JSON.stringify(scrubbed(request.path).slice(0, 200))}.`,
      {
        remedy: pages.has("/")
          ? "The dashboard is at /, the API at /api/v1; its document is /api/v1/openapi.json."
          : "The API is at /api/v1; its document is /api/v1/openapi.json. The dashboard comes with `npm run build`.",
      },
    );
  });
  app.use(answerError(log));
  return app;

  async function run(row: Operation, request: Request, response: Response): Promise<void> {
    const { params, query, body } = request;
    const caller = response.locals.caller as Caller;
    const answer = await row.run(options, { params, query, body, from: originOf(request, caller) });
    if (row.response === "events") return openStream(request, response, caller);
    if (answer.headers !== undefined) response.set(answer.headers);
    if (row.method !== "get" && row.id !== "explain") {
      log.info(
        { requestId: response.locals.requestId, operation: row.id, path: request.path },
        "admin request",
      );
    }
    response.type("json").end(jsonOf(answer.body));
  }

  function openStream(request: Request, response: ServerResponse, { trusted: whole, session }: Caller): void {
    if (request.method === "HEAD")
      response.setHeader("content-type", "text/event-stream; charset=utf-8").end();
    else {
      const lasts = () => session === undefined || options.sessions.lasts(session);
      streams.open(response, { whole, lasts, lastEventId: request.get("last-event-id") });
    }
  }
}

/** Answers that are worked out once for many pages are written out once too. */
const written = new WeakMap<object, string>();

function jsonOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return JSON.stringify(body);
  const known = written.get(body);
  if (known !== undefined) return known;
  const text = JSON.stringify(body);
  // Only what cannot change may be kept.
  if (Object.isFrozen(body)) written.set(body, text);
  return text;
}

function originOf(request: Request, caller: Caller): Origin {
  const { originalUrl: target, socket, headers } = request;
  // Whoever lies about it gets a cookie that is sent over TLS only.
  const forwarded = String(headers["x-forwarded-proto"] ?? "").toLowerCase() === "https";
  const secure = forwarded || (socket as { readonly encrypted?: boolean }).encrypted === true;
  return { ...caller, target, secure, address: socket.remoteAddress ?? "", cookies: headers.cookie };
}

function allow(methods: string) {
  return (_request: Request, response: Response) => {
    response.set("allow", methods).status(204).end();
  };
}

function only(methods: string) {
  return (_request: Request, response: Response) => {
    response.set("allow", methods);
    throw new FigError("method_not_allowed", `Only ${methods} may be used here.`);
  };
}

/** Before the body is read: forms and texts, which pages of any origin may send, go no further. */
function jsonOnly(request: Request, _response: Response, next: () => void): void {
  const type = request.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new FigError("unsupported_media_type", "The body must be application/json.", {
      remedy: "Send `content-type: application/json`, also with an empty object.",
    });
  }
  next();
}

function byPath(rows: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const paths = new Map<string, Operation[]>();
  for (const row of rows) paths.set(row.path, [...(paths.get(row.path) ?? []), row]);
  return paths;
}

/** Literal paths come before those with parameters in the table, as Express wants them. */
function expressPath(path: string): string {
  return `${API}${path.replace(/\{(\w+)\}/g, ":$1")}`;
}

/** The body reader's and the router's errors, which carry a `type` or a status of their own, as ours. */
function asFigError(error: unknown): FigError | undefined {
  if (error instanceof FigError) return error;
  const { type, status } = (error ?? {}) as { readonly type?: unknown; readonly status?: unknown };
  if (type === "entity.too.large") {
    return new FigError("body_too_large", `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  if (type === "encoding.unsupported" || type === "charset.unsupported") {
    return new FigError("unsupported_media_type", "The body must be UTF-8 without a content coding.");
  }
  if (type === "entity.verify.failed")
    return new FigError("invalid_json", "The body is nested deeper than any request is.");
  if (type === "entity.parse.failed") return new FigError("invalid_json", "The body is not a JSON object.");
  if (status === 400) return new FigError("invalid_request", "The path or the body cannot be decoded.");
  return undefined;
}

function answerError(log: Log): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const known = asFigError(error);
    const requestId = response.locals.requestId as string;
    const status = known === undefined ? 500 : statusOf(known.code);
    if (status >= 500)
      log.error({ requestId, method: request.method, path: request.path, err: error }, "admin error");
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { details: particulars } = known ?? {};
    const wait = (particulars as { readonly retryAfterSeconds?: number } | undefined)?.retryAfterSeconds;
    if (wait !== undefined) response.set("retry-after", String(wait));
    if (status === 401) response.set("www-authenticate", 'Bearer realm="strangler-fig admin"');
    const { code, message, remedy, details } =
      known ??
      new FigError("internal_error", "Something failed; the log has the particulars under this request id.");
    response.status(status).json({ error: { code, message, requestId, remedy, details } });
  };
}
