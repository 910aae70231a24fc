import type { BodyJob, BodyResult, CheckDocument } from "./contract.ts";

/** To the thread: a job, or a document that jobs behind it name. */
export type ToThread =
  | { readonly kind: "job"; readonly serial: number; readonly job: BodyJob }
  | { readonly kind: "document"; readonly document: CheckDocument }
  /** No job behind it names this one. */
  | { readonly kind: "forget"; readonly document: string };

/** From it. */
export type FromThread =
  | { readonly kind: "begun"; readonly serial: number }
  | { readonly kind: "done"; readonly serial: number; readonly result: BodyResult };
