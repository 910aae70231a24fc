import type { PolicyDocument } from "../../domain/iam/policy-document.ts";
import type { RawHeaders } from "../../domain/message.ts";
import type { RefusalCode } from "../../domain/refusals.ts";
import type { Grant } from "./grant.ts";

/** What an authorizer said: it holds for every request with the same key. */
export interface Judged {
  readonly kind: "judged";
  /** A policy is asked about each request anew. */
  readonly allows: boolean | PolicyDocument;
  readonly grant: Grant;
  /** What it takes in memory, about. */
  readonly bytes: number;
}

/** It may not pass, or nobody could tell: not kept. */
export interface Refused {
  readonly kind: "refused";
  readonly code: RefusalCode;
  /** The authorizer's own answer, for the client. `body` undefined: the front door writes one. */
  readonly answer?: {
    readonly status: number;
    readonly reason: string;
    readonly headers: RawHeaders;
    readonly body: Uint8Array | undefined;
  };
  /** For the operational log; undefined: nothing is wrong. Never a credential. */
  readonly detail?: string | undefined;
}

export type Outcome = Judged | Refused;
