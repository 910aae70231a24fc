import type { IdentityTokenSettings } from "../domain/identity-token.ts";
import type { LaneListener, LaneRequest } from "../lanes/contract.ts";
import { answerOwn } from "./own-path.ts";

/** Where clients find the keys that verify who the front door says they are (RFC 7517 §5). */
export class IdentityKeys {
  readonly path: string | undefined;
  private readonly body: Uint8Array;

  constructor(identity: IdentityTokenSettings | undefined) {
    this.path = identity?.jwks;
    this.body = Buffer.from(JSON.stringify({ keys: identity?.keys.map((key) => key.public) ?? [] }));
  }

  /** Undefined: the request is for something else. */
  answer(request: LaneRequest): LaneListener | undefined {
    const { method, target } = request.head;
    if (this.path === undefined || (method !== "GET" && method !== "HEAD")) return undefined;
    if (target !== this.path && !target.startsWith(`${this.path}?`)) return undefined;
    return answerOwn(request, "application/jwk-set+json", "public, max-age=300", this.body);
  }
}
