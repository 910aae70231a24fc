import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { AwsCredentials } from "../../aws/contract.ts";
import type { WebSocketApi } from "../../domain/websocket-api.ts";

/** A file with a secret is shorter. */
const MAX_SECRET_BYTES = 4096;

/** Who may speak to an API's connections, by access key id. `failed` hears of a secret that cannot be read: its key opens nothing. */
export function callersOf(
  { callers }: WebSocketApi,
  figFile: string | undefined,
  failed: (sentence: string) => void,
): ReadonlyMap<string, AwsCredentials> {
  const folder = figFile === undefined ? "" : dirname(figFile);
  const keys = new Map<string, AwsCredentials>();
  for (const { accessKeyId, secret } of callers) {
    const secretAccessKey = typeof secret === "string" ? secret : readSecret(resolve(folder, secret.file));
    if (secretAccessKey === undefined || secretAccessKey === "")
      failed(`the secret of access key ${accessKeyId} cannot be read`);
    else
      keys.set(accessKeyId, { accessKeyId, secretAccessKey, sessionToken: undefined, expiresMs: undefined });
  }
  return keys;
}

function readSecret(path: string): string | undefined {
  try {
    return statSync(path).size > MAX_SECRET_BYTES ? undefined : readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
