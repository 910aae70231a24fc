import { createHash } from "node:crypto";
import type { AcmeAnswer, AcmeSettings } from "../../domain/acme.ts";
import type { StoredRecord } from "../../store/contract.ts";

/** The names of what the state keeps of one ordered certificate. */
export interface RecordNames {
  readonly certificate: string;
  readonly order: string;
  readonly account: string;
}

/** A certificate and its key, PEM. */
export interface KeptPair {
  readonly cert: string;
  readonly key: string;
}

/** Who orders a certificate now, and how it went before. */
export interface KeptOrder {
  /** Empty: nobody. */
  readonly holder: string;
  /** What the authority is to find, at any door. */
  readonly answers: readonly AcmeAnswer[];
  /** Orders that failed, one after the other. */
  readonly failures: number;
  /** Why the last one did. */
  readonly error: string;
  /** How long the authority asked to be left alone, ms. */
  readonly pauseMs: number;
}

export const NO_ORDER: KeptOrder = { holder: "", answers: [], failures: 0, error: "", pauseMs: 0 };

function short(...texts: readonly string[]): string {
  return createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 32);
}

/** Settings that order the same certificate have the same names, on every door. */
export function recordNames({ directory, domains, email, challenge, eab }: AcmeSettings): RecordNames {
  const id = short(directory, challenge, ...[...domains].sort());
  return {
    certificate: `acme certificate ${id}`,
    order: `acme order ${id}`,
    account: `acme account ${short(directory, email ?? "", ...(eab === undefined ? [] : [eab.keyId]))}`,
  };
}

/** Records are read as a newer or an older fig may have written them. */
function objectIn(record: StoredRecord | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(record?.text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

export function pairIn(record: StoredRecord | undefined): KeptPair | undefined {
  const { cert, key } = objectIn(record);
  return typeof cert === "string" && typeof key === "string" ? { cert, key } : undefined;
}

export function accountKeyIn(record: StoredRecord | undefined): string | undefined {
  const { key } = objectIn(record);
  return typeof key === "string" ? key : undefined;
}

export function orderIn(record: StoredRecord | undefined): KeptOrder {
  const { holder, answers, failures, error, pauseMs } = objectIn(record);
  return {
    holder: typeof holder === "string" ? holder : "",
    answers: Array.isArray(answers) ? answers.filter(isAnswer) : [],
    failures: typeof failures === "number" ? failures : 0,
    error: typeof error === "string" ? error : "",
    pauseMs: typeof pauseMs === "number" ? pauseMs : 0,
  };
}

function isAnswer(value: unknown): value is AcmeAnswer {
  const texts = (...keys: readonly string[]) =>
    keys.every((key) => typeof (value as Readonly<Record<string, unknown>>)[key] === "string");
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return value.type === "http-01"
    ? texts("token", "keyAuthorization")
    : value.type === "tls-alpn-01" && texts("domain", "cert", "key");
}
