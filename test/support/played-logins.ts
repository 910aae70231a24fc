import { loginSchema } from "../../src/config/policies/login.ts";
import type { Login, LoginOutcome, Logins, Session } from "../../src/logins/contract.ts";

export const LOGIN = loginSchema.parse({
  ...{ issuer: "https://id.test", clientId: "shop", session: { secrets: ["x".repeat(32)] } },
  forward: { claims: ["email"] },
});

export const ADA: Session = {
  id: "1",
  subject: "ada",
  claims: { email: "ada@shop.test" },
  began: 0,
  seen: 0,
};

interface Played {
  readonly session?: Session | undefined;
  readonly due?: "refresh" | "touch" | undefined;
  readonly refreshed?: Session | "ended";
  readonly keeps?: readonly string[];
  readonly outcome?: LoginOutcome;
}

/** Logins that the test plays: whoever has no session gets ADA's, unless `session` says otherwise. */
export function playedLogins(played: Played = {}): Logins {
  const session = "session" in played ? played.session : ADA;
  const outcome: LoginOutcome = played.outcome ?? {
    kind: "go",
    location: "https://id.test/authorize",
    cookies: ["a=b"],
  };
  const login: Login = {
    session: () => session,
    due: () => played.due,
    keep: () => played.keeps ?? [],
    drop: () => [],
    withoutCookies: (headers) => headers,
    begin: async () => outcome,
    finish: async () => outcome,
    refresh: async (old) => played.refreshed ?? old,
    endElsewhere: async () => undefined,
    end: async () => ({ location: "/", cookies: ["fig_session=; Max-Age=0"] }),
  };
  return { counts: { calls: {}, limits: {} }, of: () => login };
}
