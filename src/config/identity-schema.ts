import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { z } from "zod";
import type { IdentityKey, IdentityTokenSettings, PublicIdentityKey } from "../domain/identity-token.ts";
import { textLeaf, Wrong } from "./leaf.ts";
import { ownPath } from "./own-path.ts";
import { type PemContext, pemText } from "./pem-text.ts";
import { duration } from "./scalars.ts";
import { isPem } from "./tls-files.ts";

const MAX_IDENTITY_KEYS = 5;
const MAX_LIFE_MS = 60_000;

const issuer = () => {
  const remedy = "write a name of this front door, like https://shop.example";
  return textLeaf("issuer", remedy, (text) =>
    /^[!-~]{1,200}$/.test(text) ? text : new Wrong("{value} is no issuer", remedy),
  );
};

const key = () => {
  const remedy = `write a path, or \${NAME} for a variable that holds a key as PEM`;
  return textLeaf("private key", remedy, (text) =>
    text === "" || text.includes("\0") ? new Wrong("the value is neither a path nor PEM text", remedy) : text,
  );
};

export const identitySchema = z.strictObject({
  token: z
    .strictObject({
      issuer: issuer().describe("`iss` of the tokens."),
      keys: z
        .array(key())
        .min(1)
        .max(MAX_IDENTITY_KEYS)
        .describe(
          "Private keys (Ed25519, or P-256 for ES256) as PEM: paths, relative to this file, or the text itself, from the environment. The first signs, all are published. They are read again when they change.",
        ),
      life: duration({ positive: true, maxMs: MAX_LIFE_MS })
        .prefault("60s")
        .describe("From signing to `exp`. A token is sent again until half of it is over."),
      jwks: ownPath("/.well-known/fig-identity.json")
        .optional()
        .describe(
          "A path on which every listener answers with the public keys, ahead of all routes, such as `/.well-known/fig-identity.json`. Left out: they are at the admin's `/api/v1/identity/keys` alone.",
        ),
    })
    .describe("Sides get a signed token beside the fields, in `x-fig-identity`."),
});
type IdentityInput = z.output<typeof identitySchema>;

/** What a private key publishes; undefined: it is of no kind that signs here. */
function publicKey(pem: string): PublicIdentityKey | undefined {
  const { kty = "", crv = "", x = "", y } = createPublicKey(createPrivateKey(pem)).export({ format: "jwk" });
  const alg = crv === "Ed25519" ? "EdDSA" : crv === "P-256" ? "ES256" : undefined;
  if (alg === undefined) return undefined;
  // RFC 7638 §3: the required members in the order of their names.
  const named = y === undefined ? { crv, kty, x } : { crv, kty, x, y };
  const kid = createHash("sha256").update(JSON.stringify(named)).digest("base64url");
  return { ...named, kid, alg, use: "sig" };
}

/** `identity` with what its files hold. What is wrong goes into the list; undefined: there is none, or it was not read. */
export function identityOf(
  input: IdentityInput | undefined,
  context: PemContext,
): IdentityTokenSettings | undefined {
  if (input === undefined || context.tls === false) return undefined;
  const { token } = input;
  const keys = token.keys.flatMap((written, index): readonly IdentityKey[] => {
    const label = isPem(written) ? "inline" : written;
    const tell = (_path: unknown, message: string, remedy: string) =>
      context.problems.add(context.fig.place(["identity", "token", "keys", index]), message, remedy);
    const wrong = (message: string, remedy: string): readonly IdentityKey[] => {
      tell([], `identity.token.keys: ${message}`, remedy);
      return [];
    };
    const pem = pemText(written, "key", context, (path, message, remedy) =>
      tell(path, `identity.token.keys: ${message}`, remedy),
    );
    if (pem === undefined) return [];
    const remedy = "make one with: openssl genpkey -algorithm ed25519";
    try {
      const shown = publicKey(pem);
      return shown === undefined
        ? wrong(`${label}: the key is neither Ed25519 nor P-256`, remedy)
        : [{ pem, public: shown }];
    } catch {
      return wrong(`${label}: there is no whole private key in it`, remedy);
    }
  });
  const { issuer, life, jwks } = token;
  return { issuer, keys, lifeMs: life, jwks };
}
