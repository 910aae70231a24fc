import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verdictOf } from "../../src/compare/verdict.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import { answer, job, named } from "./jobs.ts";

function compared(type: string, legacy: string, modern: string, options: Partial<CompareOptions> = {}) {
  return verdictOf(job(answer(legacy, type), answer(modern, type), { options, maxBodyBytes: 64 << 20 }));
}

const found = (...args: Parameters<typeof compared>) => {
  const verdict = compared(...args);
  if (verdict.outcome === "inconclusive") throw new Error(verdict.reason);
  return named(verdict.mismatches);
};
const html = (legacy: string, modern: string, options?: Partial<CompareOptions>) =>
  found("text/html", legacy, modern, options);
const xml = (legacy: string, modern: string, options?: Partial<CompareOptions>) =>
  found("application/xml", legacy, modern, options);

describe("XML by structure", () => {
  test("white space between elements, the order of attributes, quotes, comments and prefixes are nothing", () => {
    expect(
      xml(
        '<?xml version="1.0"?><a:feed xmlns:a="urn:f" x="1" y="2"><a:e k="&lt;"/><!-- c --><a:e>t</a:e></a:feed>',
        "<feed y='2' x='1' xmlns='urn:f'>\n  <e k='&#60;'></e>\n  <e><![CDATA[t]]></e>\n</feed>",
      ),
    ).toEqual([]);
  });

  test("what differs is named by its path", () => {
    const one = "<feed><title>A</title><entry id='1'><v>1</v></entry><entry id='2'/></feed>";
    expect(xml(one, one.replace(">A<", ">B<"))).toEqual(["value /feed/title/text()"]);
    expect(xml(one, one.replace("id='2'", "id='3'"))).toEqual(["value /feed/entry/@id"]);
    expect(xml(one, one.replace("<v>1</v>", "<v>1</v><w/>"))).toEqual(["length /feed/entry"]);
    expect(xml(one, one.replace(" id='1'", " id='1' new='x'"))).toEqual(["extra /feed/entry/@new"]);
    expect(xml(one, "<feed><entry id='2'/><title>A</title><entry id='1'><v>1</v></entry></feed>")).toEqual([
      "order /feed",
    ]);
  });

  test("another namespace under the same prefix differs", () => {
    expect(xml("<p:a xmlns:p='urn:1'/>", "<p:a xmlns:p='urn:2'/>")).toEqual(["value /a/@namespace()"]);
    const link = (uri: string) => `<a xmlns:x='${uri}' x:href='1'/>`;
    expect(xml(link("urn:link"), link("urn:other:link"))).toEqual(["value /a/@namespace()"]);
  });

  test("white space that is all that an element holds is what it says", () => {
    expect(xml("<a><b> </b></a>", "<a><b/></a>")).toEqual(["length /a/b"]);
  });

  test("rules name elements and attributes by paths, at any depth too", () => {
    const one = "<feed><at>1</at><e id='1' v='1'/><e id='2' v='2'/></feed>";
    const two = "<feed><at>2</at><e id='2' v='8'/><e id='1' v='9'/></feed>";
    const options = { ignore: ["/feed/at", "//@v"], arrays: { "/feed": { mode: "unordered" } } } as const;
    const verdict = compared("text/xml", one, two, options);
    expect(verdict.outcome).toBe("match");
    expect(verdict.rules).toEqual({
      read: "text",
      met: ["ignore /feed/at", "ignore //@v", "arrays /feed"],
      hiding: [],
    });
    expect(xml(one, two, { ignore: ["/feed/at"] })).not.toEqual([]);
    expect(xml(one, two, { ignore: ["/feed[*]"] })).toEqual([]);
    expect(xml(one, two, { ignore: ["/*"] })).toEqual([]);
    expect(xml(one, two, { ignore: ["$..v", "$.feed"] })).not.toEqual([]);
  });

  test("text patterns come first", () => {
    const options = { text: [{ replace: "nonce-[a-z]+", with: "" }] };
    expect(xml("<a b='nonce-abc'/>", "<a b='nonce-xyz'/>", options)).toEqual([]);
  });

  test("a body that is not well-formed differs in type, and two are compared as text", () => {
    expect(xml("<a></a>", "<a>")).toEqual(["type body"]);
    expect(xml("<a>", "<b>")).toEqual(["value body"]);
  });

  test("no entity of a document is expanded", () => {
    const laughs = (end: string) =>
      `<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><z>&b;&c;${end}</z>`;
    expect(xml(laughs(""), laughs("!"))).toEqual(["value body"]);
    expect(xml(laughs(""), "<z>ha</z>")).toEqual(["type body"]);
  });

  test("credentials are not shown", () => {
    const page = (secret: string) =>
      `<a><password>${secret}</password><i name="password" value="${secret}"/></a>`;
    const verdict = compared("text/xml", page("hunter2-one"), page("hunter2-two"));
    const [row, ...more] = verdict.mismatches;
    expect(named([row, ...(row?.cascade ?? [])] as typeof verdict.mismatches)).toEqual([
      "value /a/password",
      "value /a/i/@value",
    ]);
    expect(more).toEqual([]);
    expect(JSON.stringify(verdict)).not.toContain("hunter2");
  });
});

describe("HTML by structure", () => {
  const page = (body: string) =>
    `<!doctype html><html><head><title>Shop</title></head><body>${body}</body></html>`;

  test("white space, the order of attributes and of classes, comments and the way tags are written are nothing", () => {
    expect(
      html(
        page('<div class="a b" id=x><p>One<br>two   words</div><ul><li>1<li>2</ul>'),
        `<!DOCTYPE HTML>\n<HTML>\n<head>\n  <title> Shop </title>\n</head>\n<body>\n<!-- here -->
          <DIV id="x" class="b  a">\n<p>One<br/>two words</p>\n</div>\n<ul>\n<li>1</li>\n<li>2</li>\n</ul></body></html>\n`,
      ),
    ).toEqual([]);
  });

  test("what differs is named by its path", () => {
    const one = page("<div class=a><span>1</span></div><div class=b><span>2</span></div>");
    expect(html(one, one.replace("class=b", "class=c"))).toEqual(["value /html/body/div/@class"]);
    expect(html(one, one.replace(">2<", ">3<"))).toEqual(["value /html/body/div/span/text()"]);
    expect(html(one, one.replace("Shop", "Store"))).toEqual(["value /html/head/title/text()"]);
    expect(html(one, one.replace("<!doctype html>", ""))).toContain("length /");
  });

  test("parts of a page keep what stands outside of its place", () => {
    expect(html("<tr class=a><td>1</td></tr>", "<tr class=b><td>1</td></tr>")).toEqual(["value /tr/@class"]);
  });

  test("templates are looked into", () => {
    expect(html(page("<template><i>1</i></template>"), page("<template><i>2</i></template>"))).toEqual([
      "value /html/body/template/i/text()",
    ]);
  });

  test("white space counts where it is shown", () => {
    expect(html(page("<pre>a  b</pre>"), page("<pre>a b</pre>"))).toEqual(["value /html/body/pre/text()"]);
  });

  test("ignored attributes are left out, and neighbours tell which are credentials", () => {
    const form = (token: string) => page(`<form><input type=hidden name=csrf_token value=${token}></form>`);
    const [one, two] = [form("abcdefabcdef"), form("fedcbafedcba")];
    const verdict = compared("text/html", one, two);
    expect(named(verdict.mismatches)).toEqual(["value /html/body/form/input/@value"]);
    expect(JSON.stringify(verdict)).not.toContain("abcdef");
    expect(html(one, two, { ignore: ["//input/@value"] })).toEqual([]);
  });

  test("where the route redacts, a script's JSON is not shown", () => {
    const script = (ssn: string) => page(`<script>window.user = {"ssn": "${ssn}"}</script>`);
    const verdict = compared("text/html", script("123-45-6789"), script("987-65-4321"), {
      redact: ["$.ssn"],
    });
    expect(named(verdict.mismatches)).toEqual(["value /html/body/script/text()"]);
    expect(JSON.stringify(verdict)).not.toContain("6789");
  });

  test("JSON that is sent as HTML is compared as JSON", () => {
    expect(html('{"a":1,"b":2}', '{"b":2,"a":3}')).toEqual(["value $.a"]);
  });
});

describe("markup that is made to cost", () => {
  const cases: [string, string, string][] = [
    ["depth", "application/xml", `${"<a>".repeat(5000)}${"</a>".repeat(5000)}`],
    ["depth", "text/html", "<div>".repeat(100_000)],
    ["elements", "application/xml", `<a>${"<b/>".repeat(101_000)}</a>`],
    ["elements", "text/html", "<p>x".repeat(51_000)],
    [
      "attributes",
      "application/xml",
      `<a ${Array.from({ length: 100_000 }, (_, i) => `a${i}='1'`).join(" ")}/>`,
    ],
    ["attributes", "text/html", `<a ${Array.from({ length: 200_000 }, (_, i) => `a${i}`).join(" ")}>`],
    [
      "formatting elements",
      "text/html",
      Array.from({ length: 2000 }, (_, i) => `<b a=${i}>`).join("") + "<p>x</p>".repeat(2000),
    ],
    ["end tags", "text/html", `${"<b>".repeat(400)}${"</i></p>".repeat(20_000)}`],
  ];
  test.each(cases)("is not compared past a bound: %s, %s", (_, type, body) => {
    const verdict = compared(type, body, `${body} `.replace(">", " >"));
    expect(["too_large", "undecodable", "match"]).toContain(verdict.reason ?? verdict.outcome);
    const other = compared(type, body, type === "text/html" ? "<p>x" : "<a/>");
    expect(other.outcome === "inconclusive" || other.mismatches.length > 0).toBe(true);
  });

  test("whatever the bytes, there is a verdict, and the same bytes match", () => {
    const piece = fc.constantFrom(
      "<a>",
      "</a>",
      "<b c='d'",
      ">",
      "<![CDATA[",
      "]]>",
      "<!--",
      "-->",
      "&amp;",
      "&x;",
      "<table>",
      "<tr>",
      "<template>",
      "</template>",
      "<svg>",
      "<math>",
      "text",
      "\u0000",
      "\ud800",
      "<?pi?>",
      "<!doctype x [",
      "]>",
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, text, fc.constantFrom("text/html", "text/xml"), (one, two, type) => {
        expect(compared(type, one, one).outcome).toBe("match");
        const [forth, back] = [compared(type, one, two), compared(type, two, one)];
        expect(back.outcome).toBe(forth.outcome);
      }),
      { numRuns: 200 },
    );
  });
});
