import { type AwsPlace, awsDomain, REGION } from "./aws.ts";

/** How messages go together. */
export interface BatchBounds {
  readonly count: number;
  readonly bytes: number;
  /** From the first message on, ms. */
  readonly delayMs: number;
}

/** What a message has in place of its request's body: a text, or JSON whose texts are templates; see domain/message-template. */
type ContentTemplate = { readonly text: string } | { readonly json: string };

export const ATTRIBUTE_TYPES = ["String", "Number", "Binary"] as const;
/** As SQS tells the values of attributes apart. */
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

/** An attribute of a message. */
export interface MessageAttribute {
  readonly name: string;
  readonly type: AttributeType;
  /** Of `Binary`: the bytes as text in UTF-8. */
  readonly value: string;
}

/** What message a request is. */
export type MessageContent =
  | {
      /** What it has beside its body, by what the files call it. */
      readonly values: Readonly<Record<string, string>>;
      readonly attributes: readonly MessageAttribute[];
      /** Undefined: the request's, as it is. */
      readonly body: string | undefined;
    }
  /** It is none, and why. */
  | { readonly problem: string };

interface Messages extends AwsPlace {
  /** Each message goes by itself, and its client gets its id; false: several go together. */
  readonly wait: boolean;
  readonly batch: BatchBounds;
  /** Messages under way at once. */
  readonly concurrency: number;
  /** What a message has beside its body, by what it is called here; see domain/message-template. */
  readonly templates: Readonly<Record<string, string>>;
  /** Left out: a message's body is its request's. */
  readonly content?: ContentTemplate;
  /** Templates of a message's attributes, by name. Left out: it has none. */
  readonly attributes?: Readonly<Record<string, { readonly type: AttributeType; readonly value: string }>>;
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
  /** The queue keeps messages back for so long; left out: as it is set. */
  readonly delaySeconds?: number;
}

/** What takes a request's body as a message. */
export type MessageTarget = StreamTarget | QueueTarget;

/** AWS's bounds. */
export const MESSAGE_BOUNDS = {
  kinesis: { count: 500, bytes: 5 * 1024 * 1024 },
  sqs: { count: 10, bytes: 1024 * 1024 },
} as const;

/** SQS's bound of a message's attributes. */
export const MAX_ATTRIBUTES = 10;

/** What SQS takes for a number: up to 38 digits, between 10^-128 and 10^126. */
export function isAttributeNumber(text: string): boolean {
  const [, whole, after = "", exponent = "0"] =
    /^[+-]?(\d{1,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ?? [];
  if (whole === undefined) return false;
  const digits = `${whole}${after}`.replace(/^0+/, "");
  const power = digits.length - after.length + Number(exponent);
  let significant = digits.length;
  while (significant > 0 && digits[significant - 1] === "0") significant--;
  return significant === 0 || (significant <= 38 && power >= -127 && power <= 127);
}

/** What Kinesis takes for a hash key: a whole number of 128 bits. */
export function isHashKey(text: string): boolean {
  return /^(?:0|[1-9]\d{0,38})$/.test(text) && BigInt(text) < 2n ** 128n;
}

/** The Region that a queue's URL names (`https://sqs.REGION.amazonaws.com/…`, and its older forms); undefined: it names none. */
export function regionOfQueue(queue: string): string | undefined {
  const host = URL.parse(queue)?.hostname ?? "";
  const [, sqs = "", before, after] =
    /^(?:(sqs(?:-fips)?\.)([a-z\d-]{1,40})|([a-z\d-]{1,40})\.queue)\./.exec(host) ?? [];
  const region = before ?? after ?? "";
  if (!REGION.test(region)) return undefined;
  return host === `${sqs}${region}${sqs === "" ? ".queue" : ""}.${awsDomain(region)}` ? region : undefined;
}
