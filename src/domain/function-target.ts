import type { FunctionSettings } from "./aws.ts";

/** The events of API Gateway that a function may be written for: `1.0` of REST APIs, `2.0` of HTTP APIs. */
export const PAYLOADS = ["1.0", "2.0"] as const;
export type Payload = (typeof PAYLOADS)[number];

/** What stands in events for what API Gateway has and a front door has not. */
interface ApiNames {
  readonly account: string;
  readonly api: string;
  readonly stage: string;
}

/** The functions behind one upstream, and how they are asked. */
export interface FunctionTarget {
  /** By method; `*`: of every other. At least one. */
  readonly functions: Readonly<Record<string, FunctionSettings>>;
  readonly payload: Payload;
  /** Nobody waits for what the function says: 202 once Lambda has the event. */
  readonly async: boolean;
  /** What the function says is passed on while it runs (InvokeWithResponseStream). Left out: once it ended. */
  readonly stream?: boolean;
  readonly names: ApiNames;
  /** `stageVariables` of events. */
  readonly variables: Readonly<Record<string, string>>;
  /** Under way at once. */
  readonly concurrency: number;
  /** Media types whose bodies are binary whatever their bytes are; `*` stands for any part. */
  readonly binary: readonly string[];
}

/** Undefined: there is none for the method. */
export function functionFor({ functions }: FunctionTarget, method: string): FunctionSettings | undefined {
  return Object.hasOwn(functions, method) ? functions[method] : functions["*"];
}
