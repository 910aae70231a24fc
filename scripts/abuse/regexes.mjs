import { head, ODD, repeated } from "./bytes.mjs";
import { many, send } from "./sockets.mjs";

const TOKENS = repeated("eyJ", 8100);
const QUERIES = {
  "of tokens": repeated("eyJ", 8000),
  "of dotted tokens": repeated("eyJ.eyJ.", 8000),
  "of names": repeated("a=token&", 8000),
  "of escapes": repeated("%25", 8000),
  "of an address's login": `u=${repeated("http://a:", 7900)}`,
};
const FIELDS = ["Cookie", "Referer", "Link", "Vary", "User-Agent"];
const KINDS = Object.keys(ODD);
const ANSWERED = ["Vary", "Link", "Set-Cookie", "Location", "Content-Type"];

/** What is scanned for credentials, or cut at commas, on bytes that others choose. */
export const regexCases = [
  {
    name: "regexes: a path of tokens, refused",
    status: 400,
    counter: 'fig_rejected_total{code="bad_request"}',
    abuse: (port) => send(port, `GET /${TOKENS} HTTP/1.1\r\nHost: abuse.test\r\nContent-Length: x\r\n\r\n`),
  },
  {
    name: "regexes: a path of tokens, too long",
    status: 414,
    counter: 'fig_rejected_total{code="url_too_long"}',
    abuse: (port) => send(port, head("GET", `/${repeated("eyJ", 9000)}`)),
  },
  {
    name: "regexes: a path of tokens, served",
    status: 200,
    peer: true,
    abuse: (port) => send(port, head("GET", `/${repeated("eyJ", 7000)}`)),
  },
  ...Object.entries(QUERIES).map(([what, query]) => ({
    name: `regexes: a query ${what}, logged`,
    status: 502,
    counter: 'fig_rejected_total{code="upstream_invalid"}',
    abuse: (port) => send(port, head("GET", `/doubled?${query}`)),
  })),
  ...FIELDS.map((name) => ({
    name: `regexes: ${name} of 15,000 odd characters from clients`,
    status: 200,
    abuse: (port) =>
      many(4, (i) =>
        send(
          port,
          Buffer.from(head("GET", "/any", [`${name}: ${repeated(Object.values(ODD)[i], 15_000)}`]), "latin1"),
        ),
      ),
  })),
  {
    name: "regexes: Cookie of 60,000 odd characters from clients",
    status: 431,
    counter: 'fig_rejected_total{code="headers_too_large"}',
    abuse: (port) => send(port, head("GET", "/any", [`Cookie: ${repeated("a=;", 60_000)}`])),
  },
  ...ANSWERED.map((name) => ({
    name: `regexes: ${name} of 60,000 odd characters of each kind from upstreams`,
    status: 200,
    abuse: (port) => many(KINDS.length, (i) => send(port, head("GET", `/shadowed/odd/${name}/${KINDS[i]}`))),
  })),
];
