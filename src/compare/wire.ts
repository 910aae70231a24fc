import { GRPC_STATUS_FIELDS } from "../domain/grpc.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Side } from "../domain/position.ts";
import type { CompareOptions } from "../domain/route.ts";
import type { CapturedAnswer, ComparisonJob, NamedAnswers, Verdict, WholeAsk } from "./contract.ts";
import { BODY_FIELDS } from "./equal-answers.ts";
import { PARTIAL_FIELDS } from "./partial-answers.ts";

/** What the worker says first: it can take jobs. */
export const READY = "ready";

/** What the worker is given at its start. */
export interface WorkerSetup {
  /** One Int32: the serial of the job being compared, 0 for none. It tells which job is at fault if the worker ends. */
  readonly current: SharedArrayBuffer;
}

/** Jobs on their way to the worker: one text, and one block of bytes that is transferred, not copied. */
export interface JobBatch {
  readonly jobs: string;
  readonly bytes: ArrayBuffer;
  /** Compare options that the worker has not been told yet, by number. */
  readonly options: readonly (readonly [number, CompareOptions])[];
  /** The worker is to forget all options it was told before these. */
  readonly forget: boolean;
}

/** Verdicts on their way back. Most are MATCH, for which the serial is enough. */
export interface VerdictBatch {
  readonly matches: readonly number[];
  readonly others: readonly (readonly [serial: number, verdict: Verdict])[];
}

type PackedAnswer =
  | readonly [code: string]
  | readonly [status: number, headers: RawHeaders, bodyBytes: number, tooLarge: boolean];

type PackedJob = readonly [
  serial: number,
  options: number,
  method: string,
  url: string | null,
  maxBodyBytes: number,
  unconditional: boolean,
  answers: readonly (readonly [name: string, side: Side, answer: PackedAnswer])[],
  whole: WholeAsk | null,
];

export interface NumberedJob {
  readonly serial: number;
  readonly job: ComparisonJob;
}

function needed(headers: RawHeaders, names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (names.has(name)) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** A cookie's Expires is read beside the answer's Date. */
function fieldsRead({ headers }: CompareOptions): ReadonlySet<string> {
  const withDate = headers.includes("set-cookie") ? ["date"] : [];
  return new Set([...headers, ...withDate, ...BODY_FIELDS, ...PARTIAL_FIELDS, ...GRPC_STATUS_FIELDS]);
}

/** A worker remembers at most this many routes' options. */
const MAX_OPTIONS = 1000;

interface NumberedOptions {
  readonly number: number;
  /** The headers that a comparison under these options reads. */
  readonly fields: ReadonlySet<string>;
}

/** Options by number, so that each goes to a worker once. Past MAX_OPTIONS all are forgotten and sent anew. */
export class OptionsBook {
  private readonly known = new Map<CompareOptions, NumberedOptions>();
  private last = 0;

  /** Numbers the options of a batch. Says which of them are new, and whether the worker is to forget all others. */
  note(batch: readonly CompareOptions[]): Pick<JobBatch, "options" | "forget"> {
    let fresh = new Set(batch.filter((options) => !this.known.has(options)));
    const forget = this.known.size > 0 && this.known.size + fresh.size > MAX_OPTIONS;
    if (forget) {
      this.known.clear();
      fresh = new Set(batch);
    }
    const numbered = [...fresh].map((options) => [++this.last, options] as const);
    for (const [number, options] of numbered) {
      this.known.set(options, { number, fields: fieldsRead(options) });
    }
    return { options: numbered, forget };
  }

  /** What `note` has numbered. */
  of(options: CompareOptions): NumberedOptions {
    return this.known.get(options) as NumberedOptions;
  }
}

/** Bytes of all its answers' bodies. */
export function bodyBytesOf(job: ComparisonJob): number {
  let bytes = 0;
  for (const { answer } of Object.values(job.answers)) {
    if (answer.kind === "answer") bytes += answer.bodyBytes;
  }
  return bytes;
}

/** Copies jobs into one message. The jobs keep their own bytes, so that they can be sent again. */
export function packBatch(jobs: readonly NumberedJob[], book: OptionsBook): JobBatch {
  const { options, forget } = book.note(jobs.map(({ job }) => job.options));
  const total = jobs.reduce((sum, { job }) => sum + bodyBytesOf(job), 0);
  const bytes = Buffer.allocUnsafeSlow(total);
  let at = 0;
  const pack = (answer: CapturedAnswer, fields: ReadonlySet<string> | undefined): PackedAnswer => {
    if (answer.kind === "failure") return [answer.code];
    for (const chunk of answer.body) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    const headers = fields === undefined ? answer.headers : needed(answer.headers, fields);
    return [answer.status, headers, answer.bodyBytes, answer.tooLarge];
  };
  const packed = jobs.map(({ serial, job }): PackedJob => {
    const { number, fields } = book.of(job.options);
    const { whole = null } = job;
    const answers = Object.entries(job.answers).map(
      ([name, { side, answer }]) => [name, side, pack(answer, whole === null ? fields : undefined)] as const,
    );
    const { method, url = null, maxBodyBytes, unconditional = false } = job;
    return [serial, number, method, url, maxBodyBytes, unconditional, answers, whole];
  });
  return { jobs: JSON.stringify(packed), bytes: bytes.buffer as ArrayBuffer, options, forget };
}

/** The worker's counterpart of packBatch. `known` is its memory of options. */
export function unpackBatch(batch: JobBatch, known: Map<number, CompareOptions>): readonly NumberedJob[] {
  if (batch.forget) known.clear();
  for (const [number, options] of batch.options) known.set(number, options);
  let at = 0;
  const unpack = (packed: PackedAnswer): CapturedAnswer => {
    if (packed.length === 1) return { kind: "failure", code: packed[0] };
    const [status, headers, bodyBytes, tooLarge] = packed;
    const body = [new Uint8Array(batch.bytes, at, bodyBytes)];
    at += bodyBytes;
    return { kind: "answer", status, headers, body, bodyBytes, tooLarge };
  };
  return (JSON.parse(batch.jobs) as PackedJob[]).map((packed) => {
    const [serial, options, method, url, maxBodyBytes, unconditional, answers, whole] = packed;
    const named = answers.map(([name, side, answer]) => [name, { side, answer: unpack(answer) }] as const);
    const job: ComparisonJob = {
      method,
      url: url ?? undefined,
      answers: Object.fromEntries(named) as unknown as NamedAnswers,
      options: known.get(options) as CompareOptions,
      maxBodyBytes,
      unconditional,
      ...(whole === null ? {} : { whole }),
    };
    return { serial, job };
  });
}
