import type { LoginFault, LogoutFault } from "../../logins/contract.ts";

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

/** The same, for a provider. */
export const LOGOUT_FAULTS: Readonly<Record<LogoutFault, string>> = {
  form: "it is no POST of a form with one `logout_token`",
  token: "the token is not one that this provider signed for this client, or its time is over",
  claims: "the token's claims are not those of a logout token",
  replayed: "the token was taken before",
  unavailable: "it could not be verified, or not be kept, just now",
};
