// Shoppers: each has a connection, a cookie jar, and knows what is in its cart and who it is. What the shop says otherwise is counted.
// usage: node traffic.mjs [URL] [SHOPPERS] [VISITS]
import http from "node:http";
import { fileURLToPath } from "node:url";

const SKUS = ["pot", "cup", "tea/green", "tea/black"];

/** One shopper after another request: a browser with one tab. */
class Shopper {
  jar = new Map();
  cart = [];
  user = "guest";
  side = "legacy";
  visits = 0;
  agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  constructor(index, url, counts) {
    this.index = index;
    this.name = `shopper-${index}`;
    this.url = url;
    this.counts = counts;
  }

  ask(method, path, { form, headers = {} } = {}) {
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const fields = { accept: "text/html", ...headers };
    if (this.jar.size > 0)
      fields.cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    if (body !== undefined) fields["content-type"] = "application/x-www-form-urlencoded";
    // As fetch() sends a POST that has no body.
    if (method === "POST") fields["content-length"] = Buffer.byteLength(body ?? "");
    return new Promise((resolve, reject) => {
      const request = http.request(new URL(path, this.url), { method, agent: this.agent, headers: fields });
      request.once("error", reject);
      request.once("response", (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece) => {
          text += piece;
        });
        answer.once("error", reject);
        answer.once("end", () => resolve(this.taken(answer, text)));
      });
      request.end(body);
    });
  }

  taken(answer, text) {
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/expires=Thu, 01 Jan 1970/i.test(line)) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    const { statusCode: status } = answer;
    this.side = answer.headers["x-fig-side"] ?? this.side;
    this.counts.requests++;
    const by = answer.headers["x-fig-route"] === "(default)" ? "the default" : this.side;
    this.counts.to[by] = (this.counts.to[by] ?? 0) + 1;
    if (status >= 500) this.counts.errors++;
    return { status, text, location: answer.headers.location };
  }

  /** Opens a page; counts if it does not know the shopper, or if the cart that it shows is another. */
  async open(path, messages = []) {
    const page = await this.ask("GET", path);
    const all = (pattern) => [...page.text.matchAll(pattern)].map(([, found]) => found);
    const user = all(/id="user">([^<]*)/g)[0];
    if (user !== this.user) this.counts.loggedOut++;
    if (path === "/cart" && String(all(/<li>([^<]*)/g)) !== String(this.cart)) this.counts.cartsLost++;
    if (path === "/" && all(/id="cart">(\d+)/g)[0] !== String(this.cart.length)) this.counts.cartsLost++;
    if (String(all(/class="flash">([^<]*)/g)) !== String(messages)) this.counts.messagesLost++;
    this.token = all(/name="token" value="([^"]*)"/g)[0];
    return page;
  }

  async expect(status, asked) {
    const answer = await asked;
    if (answer.status !== status) this.counts.unexpected++;
    return answer.status === status;
  }

  async login() {
    await this.open("/");
    await this.expect(302, this.ask("POST", "/login", { form: { token: this.token, user: this.name } }));
    this.user = this.name;
    await this.open("/account");
  }

  /** Looks around, and changes nothing. */
  async look() {
    const sku = SKUS[this.index % SKUS.length];
    await this.open("/");
    for (const bounds of ["price[min]=5&price[max]=10", "price[max]=5"]) {
      await this.expect(200, this.ask("GET", `/search?${bounds}`));
    }
    await this.expect(200, this.ask("GET", `/items/${encodeURIComponent(sku)}`));
    await this.expect(404, this.ask("GET", "/items/hat"));
    await this.expect(200, this.ask("GET", "/assets/shop.js"));
    await this.expect(200, this.ask("GET", "/assets/shop.js"));
    await this.expect(200, this.ask("GET", "/help/delivery/abroad"));
    await this.expect(200, this.ask("GET", "/help/returns"));
    for (const from of ["/cart", "/account"]) {
      const back = await this.ask("GET", "/language/de", { headers: { referer: from } });
      if (back.location !== from) this.counts.unexpected++;
    }
    await this.open("/account");
    await this.open("/account");
    await this.open("/");
    await this.open("/cart");
    await this.open("/cart");
  }

  /** Every second time something goes into the cart; the other times the shopper may leave, and comes back. */
  async act(leave) {
    const turn = this.index + this.visits++;
    if (turn % 2 === 0) await this.buy(SKUS[turn % SKUS.length]);
    else if (leave) await this.logout();
  }

  async buy(sku) {
    await this.expect(403, this.ask("POST", "/cart", { form: { token: "a stranger's", sku } }));
    await this.expect(302, this.ask("POST", "/cart", { form: { token: this.token, sku } }));
    this.cart.push(sku);
    await this.open("/cart", [`${sku} is in your cart`]);
  }

  async logout() {
    const gone = await this.expect(
      302,
      this.ask("POST", "/logout", { headers: { "x-csrf-token": this.token } }),
    );
    if (gone) {
      this.user = "guest";
      this.cart = [];
    }
    await this.login();
  }
}

/** Shoppers that stay the same over all of a walk. */
export class Shoppers {
  all = [];

  constructor(url) {
    this.url = url;
  }

  /** New ones come in, until there are `count` of them and at least `least` are served by each of `sides`. */
  async come(count, sides = [], least = 2) {
    await Promise.all(this.all.map((shopper) => shopper.open("/")));
    const missing = () =>
      sides.some((side) => this.all.filter((shopper) => shopper.side === side).length < least);
    while (this.all.length < count || missing()) {
      if (this.all.length > 40 * count) throw new Error(`no ${sides} for ${this.all.length} shoppers`);
      const shopper = new Shopper(this.all.length, this.url, zero());
      this.all.push(shopper);
      await shopper.login();
    }
  }

  /**
   * Everyone comes once, all at once: looks around, thinks, and acts. A shadow of what was read just before a write of the same
   * client cannot be compared, so `think` is where a walk waits for its comparisons. Gives what was counted.
   */
  async visit({ leave = false, think = async () => {} } = {}) {
    const counts = zero();
    for (const shopper of this.all) shopper.counts = counts;
    await Promise.all(this.all.map((shopper) => shopper.look()));
    await think();
    await Promise.all(this.all.map((shopper) => shopper.act(leave)));
    return counts;
  }

  leave() {
    for (const { agent } of this.all) agent.destroy();
  }
}

function zero() {
  return { requests: 0, to: {}, errors: 0, unexpected: 0, cartsLost: 0, loggedOut: 0, messagesLost: 0 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = "http://127.0.0.1:8080", count = "24", visits = "4"] = process.argv.slice(2);
  const shoppers = new Shoppers(url);
  await shoppers.come(Number(count));
  for (let visit = 0; visit < Number(visits); visit++) console.log(await shoppers.visit({ leave: true }));
  shoppers.leave();
}
