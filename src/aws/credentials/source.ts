import type { Ask } from "../../asking/contract.ts";
import { FigError } from "../../domain/errors.ts";
import type { AwsCredentials } from "../contract.ts";

/** What the sources look at. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A file's text; rejects as node:fs does. */
  readonly readFile: (path: string) => Promise<string>;
  readonly homeFolder: string;
  readonly ask: Ask;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Credentials from one place. Undefined: that place is not set up here. Rejects with a FigError `no_credentials` where it is,
 * and gives none.
 */
export type CredentialSource = (
  surroundings: Surroundings,
  profile: string | undefined,
  signal: AbortSignal,
) => Promise<AwsCredentials | undefined>;

/** `message` never has what was read. */
export function noCredentials(message: string, remedy: string): FigError {
  return new FigError("no_credentials", message, { remedy });
}

/** An answer with credentials is short. */
export const MAX_CREDENTIAL_BYTES = 64 * 1024;

/** A file or an answer that stands for a secret: without the line's end that editors leave. Undefined: no field could carry it. */
export function secretText(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed !== "" && /^[\x21-\x7e]+$/.test(trimmed) ? trimmed : undefined;
}

interface Sent {
  readonly accessKeyId: unknown;
  readonly secretAccessKey: unknown;
  readonly token: unknown;
  readonly expiration: unknown;
}

/** What a service gave, checked; `where` names it in the error. */
export function sentCredentials(sent: Sent, where: string): AwsCredentials {
  const { accessKeyId, secretAccessKey, token, expiration } = sent;
  const expiresMs = typeof expiration === "string" ? Date.parse(expiration) : undefined;
  if (
    !isSecret(accessKeyId) ||
    !isSecret(secretAccessKey) ||
    (token !== undefined && !isSecret(token)) ||
    (expiresMs !== undefined && Number.isNaN(expiresMs))
  ) {
    throw noCredentials(`${where} answered with something else than credentials.`, "Look at that service.");
  }
  return { accessKeyId, secretAccessKey, sessionToken: token, expiresMs };
}

function isSecret(value: unknown): value is string {
  return typeof value === "string" && secretText(value) === value;
}

/** JSON that is an object; undefined: it is something else. */
export function jsonObject(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
