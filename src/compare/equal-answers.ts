import { GRPC_STATUS_FIELDS, isGrpc } from "../domain/grpc.ts";
import { indexOfHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { CapturedAnswer } from "./contract.ts";

/** Fields that say how a body is read. */
export const BODY_FIELDS: readonly string[] = ["content-type", "content-encoding"];

/** The same values under `name` (lower-case), line for line. */
function sameField(a: RawHeaders, b: RawHeaders, name: string): boolean {
  let i = indexOfHeader(a, name);
  let j = indexOfHeader(b, name);
  while (i >= 0 && j >= 0) {
    if (a[i + 1] !== b[j + 1]) return false;
    i = indexOfHeader(a, name, i + 2);
    j = indexOfHeader(b, name, j + 2);
  }
  return i === j;
}

/** Whether two bodies are the same bytes, however they are cut into chunks. */
function sameChunks(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  let i = 0;
  let j = 0;
  let atA = 0;
  let atB = 0;
  while (i < a.length && j < b.length) {
    const left = a[i] as Uint8Array;
    const right = b[j] as Uint8Array;
    const length = Math.min(left.length - atA, right.length - atB);
    if (Buffer.compare(left.subarray(atA, atA + length), right.subarray(atB, atB + length)) !== 0)
      return false;
    atA += length;
    atB += length;
    if (atA === left.length) {
      i++;
      atA = 0;
    }
    if (atB === right.length) {
      j++;
      atB = 0;
    }
  }
  return true;
}

/**
 * Whether two answers are equal to the letter in all that is compared. `fields` are the headers compared, in lower case. Equal
 * answers are a `match` without asking a thread. False means only that it takes a closer look. This costs a memcmp and two
 * walks over the headers.
 */
export function equalAnswers(a: CapturedAnswer, b: CapturedAnswer, fields: readonly string[]): boolean {
  if (a.kind === "failure" || b.kind === "failure") return false;
  // A 304 speaks of what the client has, and matches nothing; a 206 of a part, and of what.
  if (a.status !== b.status || a.status === 304 || a.status === 206 || a.tooLarge || b.tooLarge) return false;
  if (a.bodyBytes !== b.bodyBytes || !sameChunks(a.body, b.body)) return false;
  for (const name of BODY_FIELDS) {
    if (!sameField(a.headers, b.headers, name)) return false;
  }
  for (const name of fields) {
    if (!sameField(a.headers, b.headers, name)) return false;
  }
  return !isGrpc(a.headers) || GRPC_STATUS_FIELDS.every((name) => sameField(a.headers, b.headers, name));
}
