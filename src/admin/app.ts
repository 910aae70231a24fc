import type { ServerResponse } from "node:http";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { FigError } from "../domain/errors.ts";
import { requestIdOf } from "../domain/request-id.ts";
import type { Log, Metrics } from "../observe/contract.ts";
import { statusOf } from "./error-table.ts";
import type { EventStreams } from "./event-streams.ts";
import type { Guard } from "./guard.ts";
import type { Operation, OperationDeps } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { rootPage } from "./root-page.ts";

/** What /readyz says; whatever else is in it is sent too. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence each. */
  readonly problems: readonly string[];
}

export interface AppOptions extends OperationDeps {
  readonly guard: Guard;
  readonly streams: EventStreams;
  readonly metrics: Metrics;
  readonly ready: () => Readiness;
  readonly stateId: () => string;
  readonly version: string;
  readonly log: Log;
  readonly hex: (bytes: number) => string;
}

const API = "/api/v1";
export const MAX_BODY_BYTES = 64 * 1024;

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
  const { guard, streams, metrics, log, hex } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", "simple");

  app.use((request, response, next) => {
    const id = requestIdOf(request.get("x-request-id"), hex);
    response.locals.requestId = id;
    response.set({ ...HEADERS, "x-request-id": id, "x-fig-state": options.stateId() });
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
  app.use((request, _response, next) => {
    guard(request.headers);
    next();
  });
  page("/metrics", async (response) => {
    const body = await metrics.render();
    response.type(metrics.contentType).end(body);
  });
  page("/", (response) => {
    response.type("html").send(rootPage(options.version));
  });

  const json = express.json({ limit: MAX_BODY_BYTES, inflate: false, type: "application/json" });
  for (const [path, rows] of byPath(OPERATIONS)) {
    const route = app.route(expressPath(path));
    const methods = rows.map((row) => (row.method === "get" ? "GET, HEAD" : "POST")).join(", ");
    for (const row of rows) {
      if (row.method === "get") route.get((request, response) => run(row, request, response));
      else route.post(jsonOnly, json, (request, response) => run(row, request, response));
    }
    route.options(allow(methods)).all(only(methods));
  }
  app.use((request) => {
    throw new FigError("not_found", `There is nothing at ${JSON.stringify(request.path.slice(0, 200))}.`, {
      remedy: "GET / lists what is here.",
    });
  });
  app.use(answerError(log));
  return app;

  async function run(row: Operation, request: Request, response: Response): Promise<void> {
    const { params, query, body, originalUrl: target } = request;
    const answer = await row.run(options, { params, query, body, target });
    if (row.response === "events") return openStream(request, response);
    if (answer.link !== undefined) response.set("link", answer.link);
    if (row.method === "post" && row.id !== "explain") {
      log.info(
        { requestId: response.locals.requestId, operation: row.id, path: request.path },
        "admin request",
      );
    }
    response.json(answer.body);
  }

  function openStream(request: Request, response: ServerResponse): void {
    if (request.method === "HEAD")
      response.setHeader("content-type", "text/event-stream; charset=utf-8").end();
    else streams.open(response);
  }
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
    if (status === 401) response.set("www-authenticate", 'Bearer realm="strangler-fig admin"');
    const { code, message, remedy, details } =
      known ??
      new FigError("internal_error", "Something failed; the log has the particulars under this request id.");
    response.status(status).json({ error: { code, message, requestId, remedy, details } });
  };
}
