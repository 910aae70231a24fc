import type { AwsReply } from "../../aws/contract.ts";
import { messageOf } from "../../domain/errors.ts";
import type { Sent } from "./contract.ts";

type Failed = Extract<Sent, { kind: "failed" }>;

/** Whoever asks less gets through. */
const THROTTLES: ReadonlySet<string> = new Set([
  ...["ProvisionedThroughputExceededException", "LimitExceededException", "KMSThrottlingException"],
  ...["ThrottlingException", "Throttling", "RequestThrottled", "RequestThrottledException", "OverLimit"],
  ...["RequestLimitExceeded", "TooManyRequestsException", "KmsThrottled", "SlowDown"],
]);
const TOO_LARGE = /^(?:[\w.]*\.)?(?:BatchRequestTooLong|MessageTooLong)$/;
/** What SQS says of a message that is longer than its queue has them, and Kinesis of records that are longer together than one call has them. */
const MUST_BE_SHORTER = /must be shorter than|[Rr]ecords size exceeds/;
/** What Kinesis says of one record of a call, none of which it took (ValidationException). */
const ONE_RECORD = /'?[Rr]ecords\.\d{1,4}\.member\./;
/** It says so of a record's length too. */
const SHORTER_RECORD =
  /'?[Rr]ecords\.\d{1,4}\.member\.data'? failed to satisfy constraint: Member must have length less/;

/** A failure by its name: `InternalFailure`, `AWS.SimpleQueueService.…`. `status`: of the call, or of its part. */
export function failedBy(title: string, status: number, name: string, text = ""): Failed {
  const detail = `${title} answered ${status}${name === "" ? "" : ` ${name}`}`;
  const failed = (code: Failed["code"], untouched: boolean, again: boolean): Failed => ({
    ...{ kind: "failed", code, detail, untouched, again },
  });
  if (status === 429 || THROTTLES.has(name)) return failed("message_throttled", true, true);
  if (status === 413 || TOO_LARGE.test(name) || MUST_BE_SHORTER.test(text) || SHORTER_RECORD.test(text))
    return { ...failed("message_too_large", true, false), apart: true };
  if (status < 500 && ONE_RECORD.test(text))
    return { ...failed("message_refused", true, false), apart: true };
  // A fault of the service's own: it may have it all the same.
  return status >= 500 ? failed("message_refused", false, true) : failed("message_refused", true, false);
}

/** A call that came to no answer. */
export function failedCall({ why, detail }: Extract<AwsReply, { kind: "failed" }>): Failed {
  const failed = (code: Failed["code"], untouched: boolean, again: boolean): Failed => ({
    ...{ kind: "failed", code, detail, untouched, again },
  });
  if (why === "no_credentials") return failed("message_refused", true, false);
  if (why === "unreachable") return failed("upstream_refused", true, true);
  // It may have been taken: sent again it might be there twice.
  if (why === "ended") return failed("upstream_timeout", false, false);
  return failed(why === "too_large" ? "upstream_invalid" : "upstream_reset", false, false);
}

/** What broke here. */
export function brokenBy(error: unknown): Failed {
  return {
    ...{ kind: "failed", code: "message_refused", untouched: false, again: false },
    detail: messageOf(error),
  };
}
