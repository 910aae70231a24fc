import { z } from "zod";
import type { Board } from "../control/board-contract.ts";
import type {
  ComparisonsQuery,
  Control,
  LocalRollbackAnswer,
  LocalRollbackBody,
} from "../control/contract.ts";
import type { ShapeOf } from "../control/schemas/parts.ts";
import type { SocketUseCases } from "../control/sockets.ts";
import { FigError } from "../domain/errors.ts";
import type { RecentComparison } from "../domain/outcomes.ts";
import { scrubbed } from "../domain/scrub.ts";
import type { AdminErrorCode } from "./error-table.ts";
import type { Caller } from "./guard.ts";
import type { Sessions } from "./sessions.ts";

/** What the operations act on. */
export interface OperationDeps {
  readonly control: Control;
  readonly board: Board;
  readonly sessions: Sessions;
  /** The newest comparisons this process keeps, newest first. */
  readonly recent: (query: ComparisonsQuery) => readonly RecentComparison[];
  /** An emergency position of this front door alone. */
  readonly holdHere: (request: LocalRollbackBody) => Promise<LocalRollbackAnswer>;
  /** Speaks to connections of WebSocket APIs. */
  readonly sockets: SocketUseCases;
  /** The OpenAPI document. */
  readonly document: unknown;
}

/** As they came: path parameters decoded, JSON parsed, nothing checked. */
interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly from: Origin;
}

/** Where a request comes from. */
export interface Origin extends Caller {
  /** The request target, for links to further pages. */
  readonly target: string;
  readonly address: string;
  /** Came through TLS, here or at a proxy before. */
  readonly secure: boolean;
  readonly cookies: string | undefined;
}

export interface Answer<Body = unknown> {
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

type Response = z.ZodType | "events" | "document";
type BodyOf<Of extends Response> = Of extends z.ZodType ? ShapeOf<Of> : unknown;

/** One row of the table that routing, validation, the OpenAPI document and the reference page are made from. */
interface Row<Gives extends Response, Params, Query, Body> {
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  /** For readers without a token too, who then get less. */
  readonly open?: boolean;
  /** Below /api/v1, parameters as `{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly response: Gives;
  /** Beside those that any operation may answer. */
  readonly errors?: readonly AdminErrorCode[];
}

export interface Operation extends Row<Response, z.ZodObject, z.ZodObject, z.ZodObject> {
  /** Rejects with FigErrors, `invalid_request` first of all. */
  run(deps: OperationDeps, input: RawInput): Promise<Answer>;
}

type None = z.ZodObject<Record<never, never>>;
const NONE: None = z.strictObject({});

/**
 * `handle` gets the three parts checked by their schemas (a part without a schema has to be empty), and gives what `response`
 * says.
 */
export function operation<
  Gives extends Response,
  Params extends z.ZodObject = None,
  Query extends z.ZodObject = None,
  Body extends z.ZodObject = None,
>({
  handle,
  ...row
}: Row<Gives, Params, Query, Body> & {
  readonly handle: (
    deps: OperationDeps,
    input: {
      readonly params: z.output<Params>;
      readonly query: z.output<Query>;
      readonly body: z.output<Body>;
      readonly from: Origin;
    },
  ) => Promise<Answer<BodyOf<Gives>>> | Answer<BodyOf<Gives>>;
}): Operation {
  return {
    ...row,
    async run(deps, { params, query, body, from }) {
      const problems: Problem[] = [];
      const parsed = {
        params: check(row.params ?? NONE, params, "path", problems) as z.output<Params>,
        query: check(row.query ?? NONE, query, "query", problems) as z.output<Query>,
        body: check(row.body ?? NONE, body, "body", problems) as z.output<Body>,
        from,
      };
      if (problems.length > 0) throw invalid(problems);
      return handle(deps, parsed);
    },
  };
}

interface Problem {
  readonly in: "path" | "query" | "body";
  /** Dotted; "" when the whole part is meant. */
  readonly field: string;
  readonly message: string;
}

function check(schema: z.ZodObject, value: unknown, where: Problem["in"], problems: Problem[]): unknown {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const field = issue.path.map(String).join(".");
    if (issue.code !== "unrecognized_keys") {
      const message = field === "" ? "must be a JSON object" : issue.message;
      // One value can break two of its rules, which say the same.
      if (!problems.some((other) => other.in === where && other.field === field)) {
        problems.push({ in: where, field, message });
      }
      continue;
    }
    const known = Object.keys(schema.shape);
    const allowed = known.length === 0 ? "none is allowed here" : `known are ${known.join(", ")}`;
    for (const key of issue.keys)
      problems.push({ in: where, field: scrubbed(key), message: `is not known; ${allowed}` });
  }
  return undefined;
}

function invalid(problems: readonly Problem[]): FigError {
  const words = problems.map(({ in: where, field, message }) =>
    field === "" ? `the ${where} ${message}` : `${where} field ${JSON.stringify(field)} ${message}`,
  );
  const message = `${words.join("; ")}.`;
  return new FigError("invalid_request", message.charAt(0).toUpperCase() + message.slice(1), {
    details: { problems },
  });
}
