/** A request as policies see it. */
export interface RequestFacts {
  /** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`. */
  readonly arn: string;
  /** Of the client; "" where it is not known. */
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
  readonly secure: boolean;
  readonly nowMs: number;
}

/** Told apart from a text that a client sent. */
export const UNKNOWN = Symbol("unknown");

/** Condition keys have no case. */
export function factOf(key: string, facts: RequestFacts): string | undefined | typeof UNKNOWN {
  switch (key.toLowerCase()) {
    case "aws:sourceip":
      return facts.sourceIp === "" ? UNKNOWN : facts.sourceIp;
    case "aws:useragent":
      return facts.userAgent;
    case "aws:referer":
      return facts.referer;
    case "aws:securetransport":
      return String(facts.secure);
    case "aws:currenttime":
      return new Date(facts.nowMs).toISOString();
    case "aws:epochtime":
      return String(Math.floor(facts.nowMs / 1000));
    default:
      return UNKNOWN;
  }
}
