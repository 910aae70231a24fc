import { isToken } from "../../wire/grammar.ts";
import { KNOWN_METHODS } from "../admission.ts";

/** The method that `bytes` begin with, if it is one (RFC 9110 §9.1: any token) and node:http's parser has no word for it. */
export function unknownMethod(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(" ");
  if (end < 1) return undefined;
  const method = bytes.toString("latin1", 0, end);
  return !KNOWN_METHODS.has(method) && isToken(method) ? method : undefined;
}

/** A head that node:http reads in the same way: no method but CONNECT changes how. */
export function withMethod(bytes: Buffer, method: string): Buffer {
  return Buffer.concat([Buffer.from("POST"), bytes.subarray(method.length)]);
}
