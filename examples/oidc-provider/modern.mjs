// oidc-provider 9.     usage: node modern.mjs PORT STORE KEYS [settled]
import { Provider } from "provider-modern";
import { serve } from "./provider.mjs";

/** What 9 does otherwise by default, as the clients of 8 know it. */
const settled = {
  features: { dPoP: { enabled: false } },
  enabledJWA: { clientAuthSigningAlgValues: ["HS256", "RS256", "PS256", "ES256", "EdDSA"] },
  cookies: { long: { httpOnly: true, sameSite: "none" } },
};

serve(Provider, process.argv[5] === "settled" ? settled : {});
