import type { Side } from "../position.ts";

/** One thing in a message that is not as the document says. Never a value of the message. */
export interface CheckProblem {
  readonly in: "path" | "query" | "header" | "cookie" | "body" | "status";
  /** A parameter's name, or a JSON pointer into the body. */
  readonly at: string;
  readonly message: string;
  /** Of an answer's body: the rule of the document that it breaks, as a JSON pointer. */
  readonly rule?: string | undefined;
}

/** One side's answer as it was held against an OpenAPI document. */
export interface HeldAnswer {
  /** What it answers: `GET /orders/{id}`. */
  readonly operation: string;
  readonly status: number;
  /** Empty: it is as described. Of alternatives the last one says which rule failed, and the others why. */
  readonly problems: readonly CheckProblem[];
}

/** Those that could be held against it. */
export type HeldAnswers = Partial<Readonly<Record<Side, HeldAnswer>>>;
