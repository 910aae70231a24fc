/** Holds requests, and answers, against an OpenAPI document. */
export interface ValidatePolicy {
  /** The name of one of `documents`. */
  readonly openapi: string;
  /** What becomes of a request that is not as the document says: it is refused, or passes and is counted. */
  readonly requests: "enforce" | "report";
  /** Answers of both sides, of shadows too, are looked at and counted. */
  readonly answers: "report" | "off";
  /** What becomes of a request that the document does not describe at all. */
  readonly unknown: "refuse" | "pass";
  /** Of a body that is looked at. */
  readonly maxBytes: number;
}
