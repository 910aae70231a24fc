// People who log in for the shop, look around and log out again. Each keeps cookies as a browser does, and knows who they are.
import { createHash, randomBytes } from "node:crypto";

const SHOP = "https://shop.example.test";
const SECRET = Buffer.from("shop:for%20this%20example%20only").toString("base64");
/** What programs send, where browsers ask for a page. */
const api = { accept: "application/json" };
const basic = { ...api, authorization: `Basic ${SECRET}` };
const form = "application/x-www-form-urlencoded";
const names = ["ada", "grace"];

/** Cookies of one browser: by name and path (RFC 6265, as far as one host needs it). */
class Jar {
  #cookies = new Map();

  keep(answer) {
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/; */);
      const of = (name) =>
        attributes.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
      const [name, value] = pair.split(/=(.*)/s);
      const path = of("path") ?? "/";
      if (Date.parse(of("expires") ?? "") < Date.now()) this.#cookies.delete(`${name} ${path}`);
      else this.#cookies.set(`${name} ${path}`, { path, pair: `${name}=${value}` });
    }
  }

  line(path) {
    return [...this.#cookies.values()]
      .filter((each) => path.startsWith(each.path))
      .map(({ pair }) => pair)
      .join("; ");
  }
}

class Person {
  #jar = new Jar();
  loggedIn = false;

  constructor(people, number) {
    this.people = people;
    this.name = names[number % names.length];
    this.stays = number % 3 === 0;
  }

  async ask(path, { headers = {}, ...init } = {}) {
    const { pathname, search } = new URL(path, this.people.url);
    const url = new URL(pathname + search, this.people.url);
    const cookie = this.#jar.line(pathname);
    const answer = await fetch(url, {
      redirect: "manual",
      ...init,
      headers: { accept: "text/html", ...headers, ...(cookie && { cookie }) },
    });
    this.#jar.keep(answer);
    this.people.count(answer);
    return {
      status: answer.status,
      location: answer.headers.get("location") ?? "",
      text: await answer.text(),
    };
  }

  post(path, fields, headers = {}) {
    const body = new URLSearchParams(fields);
    return this.ask(path, { method: "POST", body, headers: { "content-type": form, ...headers } });
  }

  /** Sends the page's form with the fields it hides, and what the person wrote. */
  submit(page, fields) {
    const action = /<form [^>]*action="([^"]*)"/.exec(page.text)?.[1] ?? "/";
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    return this.post(action, {
      ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
      ...fields,
    });
  }

  expect(what, holds) {
    if (!holds) this.people.wrong.push(`${this.name}: ${what}`);
  }

  /** The address at which the shop sends a browser away to log in. */
  authorize(more = {}) {
    this.verifier = randomBytes(32).toString("base64url");
    const challenge = createHash("sha256").update(this.verifier).digest("base64url");
    const asked = {
      client_id: "shop",
      response_type: "code",
      scope: "openid profile email",
      redirect_uri: `${SHOP}/signed-in`,
      state: randomBytes(8).toString("base64url"),
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...more,
    };
    return `/auth?${new URLSearchParams(asked)}`;
  }

  /** One visit; each `yield` is a while in which the person reads. */
  async *visit() {
    if (this.loggedIn) {
      const again = await this.ask(this.authorize({ prompt: "none" }));
      this.expect(
        "they are logged in from their last visit",
        again.location.startsWith(`${SHOP}/signed-in?code=`),
      );
      yield* this.logOut();
    }
    yield* this.refused();
    for (const path of ["/.well-known/openid-configuration", "/jwks"]) {
      this.expect(path, (await this.ask(path, { headers: api })).status === 200);
    }
    yield;
    const token = yield* this.logIn();
    yield* this.lookAround(token);
    this.loggedIn = this.stays;
    if (!this.stays) yield* this.logOut();
  }

  /** What is wrong with these requests is the shop's fault: some are told to the person, some to the shop. */
  async *refused() {
    const none = await this.ask(this.authorize({ prompt: "none" }));
    this.expect("login_required", none.location.includes("error=login_required"));
    const type = await this.ask(this.authorize({ response_type: "token" }));
    this.expect("unsupported_response_type", type.location.includes("error=unsupported_response_type"));
    const page = await this.ask(this.authorize({ redirect_uri: "https://elsewhere.example.test/" }));
    this.expect("a page of the error", page.status === 400 && page.text.includes("invalid_redirect_uri"));
    this.expect("no token", (await this.ask("/me", { headers: api })).status >= 400);
    this.expect("no page", (await this.ask("/no-such-page")).status === 404);
    yield;
  }

  async *logIn() {
    const sent = await this.ask(this.authorize());
    yield;
    const login = await this.ask(sent.location);
    this.expect("a form to log in", login.text.includes('name="password"'));
    yield;
    const resumed = await this.ask(
      (await this.submit(login, { login: this.name, password: "any" })).location,
    );
    const consent = await this.ask(resumed.location);
    this.expect("the shop asks for consent", consent.text.includes("Continue"));
    yield;
    const back = await this.ask((await this.submit(consent, {})).location);
    const tokens = await this.tokens(back);
    yield;
    return tokens.access_token;
  }

  async tokens({ location }) {
    const code = URL.canParse(location) ? new URL(location).searchParams.get("code") : null;
    this.expect("a code", code !== null);
    const fields = { grant_type: "authorization_code", code: code ?? "", redirect_uri: `${SHOP}/signed-in` };
    const answer = await this.post("/token", { ...fields, code_verifier: this.verifier }, basic);
    const tokens = answer.status === 200 ? JSON.parse(answer.text) : {};
    const said = JSON.parse(
      Buffer.from(tokens.id_token?.split(".")[1] ?? "", "base64url").toString() || "{}",
    );
    this.expect("the token is theirs", said.sub === this.name);
    return tokens;
  }

  async *lookAround(token) {
    for (let time = 0; time < 2; time++) {
      const me = await this.ask("/me", { headers: { ...api, authorization: `Bearer ${token}` } });
      this.expect("they are who they are", me.status === 200 && JSON.parse(me.text).sub === this.name);
      const seen = await this.post("/token/introspection", { token }, basic);
      this.expect("the token is active", seen.status === 200 && JSON.parse(seen.text).active === true);
      const again = await this.ask(this.authorize({ prompt: "none" }));
      this.expect("they are still logged in", again.location.startsWith(`${SHOP}/signed-in?code=`));
      yield;
    }
    const device = await this.ask("/device");
    this.expect("a form for a device's code", device.text.includes('name="xsrf"'));
    yield;
    const wrong = await this.submit(device, { user_code: "BDFG-HJKL" });
    this.expect("the code is not known", wrong.text.includes("incorrect"));
    yield;
  }

  async *logOut() {
    const bye = await this.ask(`/session/end?client_id=shop&post_logout_redirect_uri=${SHOP}/bye`);
    this.expect("a form to log out", bye.text.includes('name="xsrf"'));
    yield;
    const gone = await this.submit(bye, { logout: "yes" });
    this.expect("they are logged out", gone.location.startsWith(`${SHOP}/bye`));
    yield;
  }
}

export class People {
  wrong = [];
  requests = 0;
  to = {};

  constructor(url, count) {
    this.url = url;
    this.all = Array.from({ length: count }, (_, number) => new Person(this, number));
  }

  count(answer) {
    this.requests++;
    const side = answer.headers.get("x-fig-side") ?? "the default";
    this.to[side] = (this.to[side] ?? 0) + 1;
  }

  /** Everyone comes at once, and all read for as long as `think` takes. */
  async visit(think) {
    [this.requests, this.to, this.wrong] = [0, {}, []];
    let here = this.all.map((person) => person.visit());
    while (here.length > 0) {
      const went = await Promise.all(here.map((visit) => visit.next()));
      here = here.filter((_, index) => !went[index].done);
      await think();
    }
    return { requests: this.requests, to: this.to, wrong: this.wrong };
  }
}
