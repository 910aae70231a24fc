import { head, repeated } from "./bytes.mjs";
import { many, send } from "./sockets.mjs";

const ambiguous = 'fig_rejected_total{code="ambiguous_path"}';
/** What a path of 8 KiB repeats: whatever it is read as, nobody may wait for it. */
const PATTERNS = {
  "path parameters": "a;b/",
  "bare semicolons": ";/",
  "%u escapes": "%u0061/",
  "double slashes": "a//",
  slashes: "/",
  "dot segments": "a/../",
  "encoded dots": "a/%2e%2e/",
  "dots with parameters": "a/..;x/",
  "encoded slashes": "%2f",
  "slashes encoded twice": "%252f",
  "escapes of escapes": "%25",
  backslashes: "a%5c",
  "overlong forms": "%c0%af",
  "a mixture": "%u0061;x//%2e%2e/%252f%5c..;y/",
};
/** Each is read as a guarded path by some server. */
const GUARDED = [
  "/admin;/secret",
  "/%u0061dmin/secret",
  "//x/admin/secret",
  "/x/..;/admin/secret",
  "/admin/./secret",
  "/%2561dmin/secret",
  "/admin%2fsecret",
  "/admin%5csecret",
];

/** Paths and hosts that servers read in different ways. `statuses`: any of them is right, the time it takes is what counts. */
export const pathCases = [
  ...Object.entries(PATTERNS).map(([what, pattern]) => ({
    name: `paths: 8 KiB of ${what}`,
    statuses: [200, 400],
    peer: true,
    abuse: (port) => send(port, head("GET", `/${repeated(pattern, 8000)}`)),
  })),
  {
    name: `paths: ${GUARDED.length} ways to write a guarded one`,
    status: 400,
    counter: ambiguous,
    abuse: async (port) => {
      const all = await Promise.all(GUARDED.map((path) => send(port, head("GET", path))));
      return all.find(({ status }) => status !== 400) ?? all[0];
    },
  },
  ...["path parameters", "a mixture"].map((what) => ({
    name: `paths: 8 KiB of ${what}, 16 clients at once`,
    statuses: [200, 400],
    peer: true,
    abuse: (port) => many(16, () => send(port, head("GET", `/${repeated(PATTERNS[what], 8000)}`))),
  })),
  {
    name: "paths: a guarded host with a trailing dot",
    status: 400,
    counter: ambiguous,
    abuse: (port) => send(port, "GET /any HTTP/1.1\r\nHost: secret.test.\r\n\r\n"),
  },
  {
    name: "paths: a Host of 8 KB of dots",
    status: 200,
    abuse: (port) => send(port, `GET /any HTTP/1.1\r\nHost: ${repeated("a.", 7000)}..\r\n\r\n`),
  },
];
