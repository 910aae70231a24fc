import { compileLogin } from "./login/compile.ts";
import { doorPolicy } from "./policy.ts";

/** Lets people pass who logged in at a provider; others are sent there. */
export const login = doorPolicy("login", compileLogin);
