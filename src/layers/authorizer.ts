import { compileAuthorizer } from "./authorizer/compile.ts";
import { doorPolicy } from "./policy.ts";

/** Asks somebody else whether a request may pass. Whatever goes wrong, it does not. */
export const authorizer = doorPolicy("authorizer", compileAuthorizer);
