// oidc-provider 8.     usage: node legacy.mjs PORT STORE KEYS
import { Provider } from "provider-legacy";
import { serve } from "./provider.mjs";

serve(Provider);
