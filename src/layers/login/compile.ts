import type { BackendCall, BackendListener } from "../../backends/contract.ts";
import type { Identity } from "../../domain/identity.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { type LoginPolicy, returnOf } from "../../domain/policies/login.ts";
import type { PolicyVerdict } from "../../domain/policies.ts";
import { REFUSALS, type RefusalCode } from "../../domain/refusals.ts";
import type { RouteDefinition } from "../../domain/route.ts";
import type { Login, LoginFault, LoginOutcome, LogoutFault, Session, Visit } from "../../logins/contract.ts";
import type { TokenVerifier } from "../../tokens/contract.ts";
import { answer, refuse } from "../answer.ts";
import type { CompiledLayer, ExplainedRequest, LayerTools, Open, ServedRequest } from "../contract.ts";
import { hold } from "../hold.ts";
import { CookieRelay } from "./cookie-relay.ts";
import { FAULTS, LOGOUT_FAULTS } from "./faults.ts";
import { LogoutCall } from "./logout-call.ts";
import { logoutTokenRule } from "./logout-token-rule.ts";
import { isSameOrigin } from "./same-origin.ts";
import { isPage, isShown, pathAndQuery, visitOf } from "./visit.ts";

/** Metadata, code, keys and profile, 5 s each at most, and a while. */
const HOLD_MS = 25_000;
const NOTHING = new Uint8Array(0);

export function compileLogin(
  policy: LoginPolicy,
  _route: RouteDefinition,
  tools: LayerTools,
): CompiledLayer<ServedRequest> {
  const compiled = new CompiledLogin(policy, tools);
  return {
    wrap: (open) => (request, listener) => compiled.open(open, request, listener),
    explain: (asked) => compiled.explain(asked),
    close: () => compiled.close(),
  };
}

class CompiledLogin {
  private readonly policy: LoginPolicy;
  private readonly tools: LayerTools;
  private readonly login: Login | undefined;
  private readonly identities = new WeakMap<Session, Identity>();
  /** Of logout tokens. */
  private readonly tokens: TokenVerifier | undefined;

  constructor(policy: LoginPolicy, tools: LayerTools) {
    this.policy = policy;
    this.tools = tools;
    this.login = tools.logins.of(policy);
    if (policy.backchannel !== undefined) this.tokens = tools.tokens.verifier([logoutTokenRule(policy)]);
  }

  close(): void {
    this.tokens?.close();
  }

  open(open: Open<ServedRequest>, request: ServedRequest, listener: BackendListener): BackendCall {
    const { login } = this;
    if (login === undefined)
      return this.refused(request, listener, "login_unavailable", ["retry-after", "5"]);
    const { decision, headers } = request;
    const visit = visitOf(decision, headers);
    const [path, query] = pathAndQuery(decision.path);
    if (path === this.policy.callback) return this.finish(login, visit, query, request, listener);
    if (path === this.policy.start) return this.start(login, visit, query, request, listener);
    if (path === this.policy.logout) return this.logout(login, visit, request, listener);
    if (path === this.policy.backchannel) return this.backchannel(login, request, listener);
    const session = login.session(visit);
    if (session === undefined) return this.without(login, visit, open, request, listener);
    const due = login.due(session);
    if (due !== "refresh")
      return this.pass(open, request, listener, { login, visit, session, writes: due === "touch" });
    return hold(request, listener, {
      ...this.holding,
      work: () => login.refresh(session),
      go: (refreshed, held) =>
        refreshed === "ended"
          ? this.without(login, visit, open, request, held)
          : this.pass(open, request, held, {
              ...{ login, visit, session: refreshed },
              writes: refreshed !== session || login.due(session) !== undefined,
            }),
    });
  }

  explain(asked: ExplainedRequest): PolicyVerdict {
    const { decision } = asked;
    const said = (verdict: string, detail: string, code?: RefusalCode, status?: number): PolicyVerdict => ({
      ...{ policy: "login", verdict, detail },
      status: code === undefined ? status : REFUSALS[code].status,
    });
    if (this.login === undefined)
      return said("unavailable", "the policy's secrets cannot be read", "login_unavailable");
    const [path] = pathAndQuery(decision.path);
    if (path === this.policy.callback)
      return said("not known", "the policy finishes logins here, and this command asks nobody");
    if (path === this.policy.start)
      return said("redirected", "the policy begins logins here", undefined, 302);
    if (path === this.policy.logout) return said("out", "the policy ends sessions here", undefined, 303);
    if (path === this.policy.backchannel)
      return said("not known", "the provider says here that sessions ended, and this command asks nobody");
    const session = this.login.session(visitOf(decision, decision.head.headers));
    if (session !== undefined) {
      asked.identity = { ...asked.identity, subject: session.subject, claims: session.claims };
      return said("passed", "the session holds");
    }
    const none = "there is no session that holds";
    if (!this.policy.required) return said("anonymous", `${none}, and none is required`);
    return isPage(decision)
      ? said("redirected", `${none}: a page is sent to the provider`, undefined, 302)
      : said("required", none, "login_required");
  }

  private get holding() {
    return { deadlines: this.tools.deadlines, name: "login", timeoutMs: HOLD_MS };
  }

  private pass(
    open: Open<ServedRequest>,
    request: ServedRequest,
    listener: BackendListener,
    { login, visit, session, writes }: { login: Login; visit: Visit; session: Session; writes: boolean },
  ): BackendCall {
    const { served } = request;
    served.verdict("login", "passed");
    const identity = this.identityOf(session);
    served.identity = served.identity === undefined ? identity : { ...served.identity, ...identity };
    const below = { ...request, headers: login.withoutCookies(request.headers) };
    if (!writes) return open(below, listener);
    return new CookieRelay(listener, () => login.keep(visit, session)).through(open, below);
  }

  /** The same for all requests of a session that is remembered: what is made of it is made once. */
  private identityOf(session: Session): Identity {
    const known = this.identities.get(session);
    if (known !== undefined) return known;
    const { subject, claims } = session;
    const identity = { subject, claims, forwards: this.policy.forward.claims };
    this.identities.set(session, identity);
    return identity;
  }

  /** Nobody is logged in. */
  private without(
    login: Login,
    visit: Visit,
    open: Open<ServedRequest>,
    request: ServedRequest,
    listener: BackendListener,
  ): BackendCall {
    if (!this.policy.required) {
      request.served.verdict("login", "anonymous");
      const headers = login.withoutCookies(request.headers);
      return open(headers === request.headers ? request : { ...request, headers }, listener);
    }
    const back = returnOf(request.decision.path, this.policy);
    if (isPage(request.decision)) return this.begin(login, visit, back, request, listener);
    request.served.verdict("login", "required");
    return refuse(
      request,
      listener,
      "login_required",
      [...this.challenge, ...setting(login.drop(visit))],
      [{ login: this.startUrl(request.method === "GET" ? back : undefined) }],
    );
  }

  private begin(
    login: Login,
    visit: Visit,
    back: string,
    request: ServedRequest,
    listener: BackendListener,
  ): BackendCall {
    return hold(request, listener, {
      ...this.holding,
      work: () => login.begin(visit, back),
      go: (outcome, held) => this.said(request, held, outcome, "redirected", login.drop(visit)),
    });
  }

  private start(
    login: Login,
    visit: Visit,
    query: string,
    request: ServedRequest,
    listener: BackendListener,
  ): BackendCall {
    const asked = new URLSearchParams(query).getAll("return");
    if (request.method !== "GET" && request.method !== "HEAD")
      return this.failed(request, listener, "method");
    if (asked.length > 1) return this.failed(request, listener, "return");
    return this.begin(login, visit, asked[0] ?? "/", request, listener);
  }

  private finish(
    login: Login,
    visit: Visit,
    query: string,
    request: ServedRequest,
    listener: BackendListener,
  ): BackendCall {
    if (request.method !== "GET") return this.failed(request, listener, "method");
    return hold(request, listener, {
      ...this.holding,
      work: () => login.finish(visit, query),
      go: (outcome, held) => this.said(request, held, outcome, "in"),
    });
  }

  private logout(login: Login, visit: Visit, request: ServedRequest, listener: BackendListener): BackendCall {
    const origin = `${visit.secure ? "https" : "http"}://${visit.host}`;
    if (request.method !== "GET" && request.method !== "POST")
      return this.failed(request, listener, "method");
    if (!isSameOrigin(visit.headers, origin)) return this.refused(request, listener, "login_cross_site", []);
    return hold(request, listener, {
      ...this.holding,
      work: () => login.end(visit),
      go: ({ location, cookies }, held) => {
        request.served.verdict("login", "out");
        request.served.answersByPolicy();
        if (isShown(visit.headers)) return this.sent(request, held, 303, location, cookies);
        // A script cannot follow a redirect to another origin.
        const body = new TextEncoder().encode(`${JSON.stringify({ logout: location })}\n`);
        const fields = ["content-type", "application/json", "content-length", String(body.length)];
        return answer(request, held, 200, "OK", [...fields, ...PRIVATE, ...setting(cookies)], body);
      },
    });
  }

  /** The provider says that sessions ended there (OpenID Connect Back-Channel Logout 1.0 §2.5 to 2.8). */
  private backchannel(login: Login, request: ServedRequest, listener: BackendListener): BackendCall {
    return new LogoutCall(request, listener, this.tools, (token, below) =>
      token === undefined
        ? this.notEnded(request, below, "form")
        : hold(request, below, {
            ...this.holding,
            work: () => this.ended(login, token),
            go: (fault, held) => {
              if (fault !== undefined) return this.notEnded(request, held, fault);
              request.served.verdict("login", "ended");
              request.served.answersByPolicy();
              return answer(request, held, 200, "OK", ["content-length", "0", ...PRIVATE], NOTHING);
            },
          }),
    ).begin();
  }

  private async ended(login: Login, token: string): Promise<LogoutFault | undefined> {
    const verdict = await this.tokens?.verify(token);
    if (verdict?.kind === "unavailable") return "unavailable";
    if (verdict?.kind !== "passed") return "token";
    return login.endElsewhere(verdict.identity.claims ?? {});
  }

  private notEnded(request: ServedRequest, listener: BackendListener, fault: LogoutFault): BackendCall {
    request.served.verdict("login", "not_ended");
    return refuse(request, listener, "logout_failed", [], [{ fault, why: LOGOUT_FAULTS[fault] }]);
  }

  private said(
    request: ServedRequest,
    listener: BackendListener,
    outcome: LoginOutcome,
    verdict: "redirected" | "in",
    more: readonly string[] = [],
  ): BackendCall {
    switch (outcome.kind) {
      case "go":
        request.served.verdict("login", verdict);
        request.served.answersByPolicy();
        return this.sent(request, listener, 302, outcome.location, [...more, ...outcome.cookies]);
      case "failed":
        return this.failed(request, listener, outcome.fault, outcome.cookies);
      case "denied":
        return this.refused(request, listener, "login_denied", setting(outcome.cookies));
      case "unavailable":
        return this.refused(request, listener, "login_unavailable", ["retry-after", String(outcome.seconds)]);
    }
  }

  private sent(
    request: ServedRequest,
    listener: BackendListener,
    status: 302 | 303,
    location: string,
    cookies: readonly string[],
  ): BackendCall {
    const fields = ["location", location, "content-length", "0", ...PRIVATE, ...setting(cookies)];
    return answer(request, listener, status, status === 302 ? "Found" : "See Other", fields, NOTHING);
  }

  private failed(
    request: ServedRequest,
    listener: BackendListener,
    fault: LoginFault,
    cookies: readonly string[] = [],
  ): BackendCall {
    request.served.verdict("login", "failed");
    const details = [{ fault, why: FAULTS[fault], login: this.policy.start }];
    return refuse(request, listener, "login_failed", [...setting(cookies)], details);
  }

  private refused(
    request: ServedRequest,
    listener: BackendListener,
    code: Extract<RefusalCode, `login_${string}`>,
    extra: RawHeaders,
  ): BackendCall {
    request.served.verdict("login", code.slice("login_".length));
    return refuse(request, listener, code, extra);
  }

  /** RFC 9110 §11.6.1 asks for one; the scheme is that of draft-broyer-http-cookie-auth. */
  private get challenge(): RawHeaders {
    const { start, session } = this.policy;
    return [
      "www-authenticate",
      `Cookie realm="fig", form-action="${start}", cookie-name="${session.cookie}"`,
    ];
  }

  private startUrl(back: string | undefined): string {
    return back === undefined ? this.policy.start : `${this.policy.start}?return=${encodeURIComponent(back)}`;
  }
}

/** What a browser was told with a redirect is for nobody else, and the next site does not hear of it. */
const PRIVATE: RawHeaders = ["cache-control", "no-store", "referrer-policy", "no-referrer"];

function setting(cookies: readonly string[]): RawHeaders {
  return cookies.flatMap((cookie) => ["set-cookie", cookie]);
}
