import { request } from "node:http";
import { request as secureRequest } from "node:https";

interface Kept {
  readonly value: string;
  readonly attributes: string;
}

/** What a page was answered with. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Node's fetch writes Sec-Fetch-Mode itself: this sends what it is given. */
function asked(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  ca: string | undefined,
) {
  return new Promise<{ status: number; headers: Headers; body: string }>((resolve, reject) => {
    const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const ask = url.startsWith("https:") ? secureRequest : request;
    const sent = ask(
      url,
      { method, headers: { ...headers, ...length }, agent: false, timeout: 30_000, ca },
      (answer) => {
        const fields = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2)
          fields.append(answer.rawHeaders[at] as string, answer.rawHeaders[at + 1] as string);
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: fields, body: text }));
        answer.on("error", reject);
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer in 30 s")));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** As much of a browser as a login needs: cookies by host name, redirects, forms. */
export class CookieBrowser {
  readonly cookies = new Map<string, Kept>();
  private readonly ca: string | undefined;

  /** `ca`: whose certificates it takes besides. */
  constructor(ca?: string) {
    this.ca = ca;
  }

  /** Opens a page without following what it says. */
  async once(url: string, init: Sent = {}): Promise<Page> {
    const { hostname } = new URL(url);
    const cookie = [...this.cookies]
      .filter(([key]) => key.startsWith(`${hostname} `))
      .map(([key, { value }]) => `${key.slice(hostname.length + 1)}=${value}`)
      .join("; ");
    const { method = "GET", headers = {}, body = "" } = init;
    const fields = { accept: "text/html", ...(cookie === "" ? {} : { cookie }), ...headers };
    const answer = await asked(url, method, fields, body, this.ca);
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = "", attributes = ""] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
      if (/max-age=0\b/i.test(attributes) || /expires=Thu, 01 Jan 1970/i.test(attributes))
        this.cookies.delete(`${hostname} ${name}`);
      else this.cookies.set(`${hostname} ${name}`, { value, attributes });
    }
    return { url, status: answer.status, headers: answer.headers, body: answer.body };
  }

  /** Opens a page, and what it leads to, up to where `until` says stop. */
  async open(url: string, init: Sent = {}, until: (page: Page) => boolean = () => false): Promise<Page> {
    let page = await this.once(url, init);
    for (let hop = 0; hop < 20 && page.status >= 300 && page.status < 400 && !until(page); hop++)
      page = await this.once(new URL(page.headers.get("location") ?? "", page.url).href);
    return page;
  }

  /** Fills in the forms of oidc-provider, from its login page to where it leads. */
  async logIn(page: Page, name: string, until?: (page: Page) => boolean): Promise<Page> {
    let at = page;
    for (let form = 0; form < 3; form++) {
      const action = /<form[^>]*action="([^"]+)"/.exec(at.body)?.[1];
      if (at.status !== 200 || action === undefined) return at;
      const prompt = /name="prompt" value="([^"]+)"/.exec(at.body)?.[1] ?? "";
      at = await this.open(
        new URL(action, at.url).href,
        {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({ prompt, login: name, password: "any" }).toString(),
        },
        until,
      );
    }
    return at;
  }

  value(name: string): string | undefined {
    return [...this.cookies].find(([key]) => key.endsWith(` ${name}`))?.[1].value;
  }

  names(): readonly string[] {
    return [...this.cookies.keys()].map((key) => key.slice(key.indexOf(" ") + 1));
  }
}
