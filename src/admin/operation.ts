import { z } from "zod";
import type { Board } from "../control/board-contract.ts";
import type { Control, RecentComparison } from "../control/contract.ts";
import { FigError } from "../domain/errors.ts";
import type { AdminErrorCode } from "./error-table.ts";
import type { Caller } from "./guard.ts";
import type { Sessions } from "./sessions.ts";

export interface ComparisonFilter {
  readonly route: string | undefined;
  readonly outcome: string | undefined;
}

/** What the operations act on. */
export interface OperationDeps {
  readonly control: Control;
  readonly board: Board;
  readonly sessions: Sessions;
  /** The newest comparisons this process keeps, newest first. */
  readonly recent: (filter: ComparisonFilter) => readonly RecentComparison[];
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

interface Answer {
  readonly body: unknown;
  /** A Link header (RFC 8288). */
  readonly link?: string | undefined;
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One row of the table that routing, validation, the OpenAPI document and the reference page are made from. */
export interface Operation {
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  /** For readers without a token too, who then get less. */
  readonly open: boolean;
  /** Below /api/v1, parameters as `{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodObject | undefined;
  readonly response: z.ZodType | "events" | "document";
  readonly errors: readonly AdminErrorCode[];
  /** Rejects with FigErrors, `invalid_request` first of all. */
  run(deps: OperationDeps, input: RawInput): Promise<Answer>;
}

interface Parsed<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodObject> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  readonly from: Origin;
}

type None = z.ZodObject<Record<never, never>>;
const NONE: None = z.strictObject({});

/** `handle` gets the three parts checked by their schemas; a part without a schema has to be empty. */
export function operation<
  Params extends z.ZodObject = None,
  Query extends z.ZodObject = None,
  Body extends z.ZodObject = None,
>(row: {
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  readonly open?: boolean;
  readonly path: string;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly response: Operation["response"];
  readonly errors?: readonly AdminErrorCode[];
  readonly handle: (deps: OperationDeps, input: Parsed<Params, Query, Body>) => Promise<Answer> | Answer;
}): Operation {
  const { params, query, body, handle, errors = [], open = false, ...rest } = row;
  return {
    ...rest,
    open,
    params,
    query,
    body,
    errors,
    async run(deps, input) {
      const problems: Problem[] = [];
      const parsed = {
        params: check(params ?? NONE, input.params, "path", problems),
        query: check(query ?? NONE, input.query, "query", problems),
        body: check(body ?? NONE, input.body, "body", problems),
        from: input.from,
      };
      if (problems.length > 0) throw invalid(problems);
      return handle(deps, parsed as Parsed<Params, Query, Body>);
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
      problems.push({ in: where, field: key, message: `is not known; ${allowed}` });
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
