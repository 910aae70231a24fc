import type { LoginFault } from "../../logins/contract.ts";

/** What a fault means, for whoever looks at the answer. */
export const FAULTS: Readonly<Record<LoginFault, string>> = {
  method: "only GET comes back from a provider",
  return: "`return` is no path of this host",
  parameters: "a parameter is there twice",
  state: "no login with this state was begun in this browser",
  expired: "the login was begun more than ten minutes ago",
  replayed: "this answer of the provider was used before",
  code: "the provider does not take the code",
  token: "the ID token is of another login",
  too_large: "what the provider says of this person does not fit into cookies",
};
