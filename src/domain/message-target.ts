import type { AwsPlace } from "./aws.ts";

/** How messages go together. */
export interface BatchBounds {
  readonly count: number;
  readonly bytes: number;
  /** From the first message on, ms. */
  readonly delayMs: number;
}

interface Messages extends AwsPlace {
  /** Each message goes by itself, and its client gets its id; false: several go together. */
  readonly wait: boolean;
  readonly batch: BatchBounds;
  /** Messages under way at once. */
  readonly concurrency: number;
  /** What a message has beside its body, by what it is called here; see domain/message-template. */
  readonly templates: Readonly<Record<string, string>>;
}

/** A stream of Kinesis. */
export interface StreamTarget extends Messages {
  readonly service: "kinesis";
  /** Its name. */
  readonly stream: string;
}

/** A queue of SQS. */
export interface QueueTarget extends Messages {
  readonly service: "sqs";
  /** Its URL. */
  readonly queue: string;
  /** Bodies are sent in base64; false: as text, which they have to be. */
  readonly base64: boolean;
}

/** What takes a request's body as a message. */
export type MessageTarget = StreamTarget | QueueTarget;

/** AWS's bounds. */
export const MESSAGE_BOUNDS = {
  kinesis: { count: 500, bytes: 5 * 1024 * 1024 },
  sqs: { count: 10, bytes: 1024 * 1024 },
} as const;

/** The Region that a queue's URL names (`https://sqs.REGION.amazonaws.com/…`, and its older forms); undefined: it names none. */
export function regionOfQueue(queue: string): string | undefined {
  const host = URL.parse(queue)?.hostname ?? "";
  return /^(?:sqs(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)|([a-z]{2}(?:-[a-z]+)+-\d)\.queue)\.amazonaws\.com(?:\.cn)?$/
    .exec(host)
    ?.slice(1)
    .find((region) => region !== undefined);
}
