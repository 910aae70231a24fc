import { FetchError, fetchJson } from "./fetch-json.ts";

/** Where the metadata of an issuer may be: OpenID Connect Discovery §4, and RFC 8414 §3. */
function places(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

/** Whether keys may be fetched there: by TLS, if the issuer is asked by TLS, and without a password. */
function isSound(uri: string, issuer: string): boolean {
  const url = URL.parse(uri);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && issuer.startsWith("http:"));
}

/** Where an issuer says that its keys are. Rejects with a FetchError. */
export async function discoverKeys(issuer: string): Promise<string> {
  const [first = "", second = ""] = places(issuer);
  const found = await fetchJson(first).catch((error: unknown) => {
    // It answered, and has no such document.
    if (error instanceof FetchError && error.reason === "status")
      return fetchJson(second).catch(() => {
        throw error;
      });
    throw error;
  });
  const document = found.value;
  if (typeof document !== "object" || document === null)
    throw new FetchError("invalid", `${first} is no metadata of an issuer`);
  const { issuer: named, jwks_uri: uri } = document as Readonly<Record<string, unknown>>;
  // Another issuer's keys would make its tokens this one's (OpenID Connect Discovery §4.3).
  if (named !== issuer)
    throw new FetchError("issuer", `${first} is of another issuer: policies.jwt.issuer must be as it says`);
  if (typeof uri !== "string" || !isSound(uri, issuer))
    throw new FetchError("invalid", `${first} has no jwks_uri that may be asked`);
  return uri;
}
