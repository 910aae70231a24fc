import { requestHash } from "../domain/request-hash.ts";
import type { Witnesses } from "../domain/witnesses.ts";
import type { Decided } from "../routing/decide.ts";

/** What a compared request is among the same requests of its client. */
export interface Witness {
  /** The same counted within the last minute: it is no further witness. */
  readonly again: boolean;
  /** It came to no comparison. */
  giveBack(): void;
}

/** Settles whether a request counts, before anything is known of its comparison. Undefined: it has no sticky key, and counts. */
export function witnessOf(
  { decision, requestBody }: { readonly decision: Decided; readonly requestBody: readonly Uint8Array[] },
  witnesses: Witnesses,
  micros: number,
): Witness | undefined {
  const { live, keyHash, head, host, path } = decision;
  if (keyHash === undefined) return undefined;
  const { tally } = live;
  const now = micros / 1000;
  const request = requestHash(
    tally.key,
    keyHash,
    { method: head.method, host, path, headers: head.headers },
    requestBody,
  );
  const found = witnesses.take(request, now);
  if (found === "unremembered") tally.unremembered();
  return {
    again: found === "again",
    giveBack: () => {
      if (found === "first") witnesses.giveBack(request, now);
    },
  };
}
