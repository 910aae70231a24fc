import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { IdentityTokenSettings } from "../domain/identity-token.ts";

/** Of tokens that are sent again, in one process; the one used longest ago is signed anew. */
const MAX_SIGNED_BYTES = 8 * 1024 * 1024;
/** What one costs beside its text and that of its claims. */
const BASE_BYTES = 256;

interface Signed {
  readonly token: string;
  /** ms since the epoch: it is not sent after this. */
  readonly untilMs: number;
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs who a client is (RFC 7519), for one upstream each. One identity costs one signature in half a life. */
export class IdentitySigner {
  readonly counts: Record<"signed" | "reused" | "evicted", number> = { signed: 0, reused: 0, evicted: 0 };
  private readonly now: () => number;
  private settings: IdentityTokenSettings | undefined;
  private key: KeyObject | undefined;
  private header = "";
  private readonly known = new LRUCache<string, Signed>({
    maxSize: MAX_SIGNED_BYTES,
    sizeCalculation: ({ token }, name) => BASE_BYTES + 2 * (token.length + name.length),
    dispose: (_value, _key, reason) => {
      if (reason === "evict") this.counts.evicted++;
    },
  });

  /** `now`: ms since the epoch. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** These settings are in force. What other keys signed, or for another issuer, is not sent again. */
  use(settings: IdentityTokenSettings | undefined): void {
    const [first] = settings?.keys ?? [];
    if (JSON.stringify(settings) === JSON.stringify(this.settings)) return;
    this.settings = settings;
    this.known.clear();
    this.key = first && createPrivateKey(first.pem);
    // Explicit typing (RFC 8725 §3.11): no other token of this issuer passes for one of these.
    this.header =
      first === undefined
        ? ""
        : part({ alg: first.public.alg, kid: first.public.kid, typ: "fig-identity+jwt" });
  }

  /** `claims`: JSON text of an object. Undefined: there is no key. */
  token(claims: string, audience: string): string | undefined {
    const { settings, key, known } = this;
    if (settings === undefined || key === undefined) return undefined;
    const place = `${audience} ${claims}`;
    const nowMs = this.now();
    const before = known.get(place);
    // A clock that was set back does not make a token last longer.
    if (before !== undefined && nowMs < before.untilMs && before.untilMs - nowMs <= settings.lifeMs) {
      this.counts.reused++;
      return before.token;
    }
    const iat = Math.floor(nowMs / 1000);
    const registered = {
      iss: settings.issuer,
      aud: audience,
      iat,
      exp: iat + Math.ceil(settings.lifeMs / 1000),
    };
    const text = `${this.header}.${part({ ...JSON.parse(claims), ...registered })}`;
    const hash = key.asymmetricKeyType === "ec" ? "sha256" : null;
    const signature = sign(hash, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
    const token = `${text}.${signature.toString("base64url")}`;
    this.counts.signed++;
    known.set(place, { token, untilMs: nowMs + settings.lifeMs / 2 });
    return token;
  }
}
