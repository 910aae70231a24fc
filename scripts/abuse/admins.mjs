import { repeated } from "./bytes.mjs";
import { hold, many, send } from "./sockets.mjs";

const HOST = "Host: 127.0.0.1";
const room = 'fig_admin_refused_total{reason="connection_limit"}';
/** Another address than the one whose token is right. */
const GUESSER = "127.0.0.9";

function request(method, path, fields = [], body = "") {
  const framing = body === "" ? [] : [`Content-Length: ${body.length}`, "Content-Type: application/json"];
  return `${[`${method} ${path} HTTP/1.1`, HOST, ...framing, ...fields].join("\r\n")}\r\n\r\n${body}`;
}

function explain(token, headers) {
  const body = JSON.stringify({ method: "GET", url: "/calm", headers });
  return request("POST", "/api/v1/explain", [`Authorization: Bearer ${token}`], body);
}

const asked = (make) => (_port, door) => send(door.adminPort, make(door.token));

/** What reaches the admin. `admin`: its probes count among the others that wait. */
export const adminCases = [
  {
    name: "admin: 600 silent connections",
    status: 0,
    counter: room,
    abuse: (_port, { adminPort }) => hold(adminPort, "", { count: 600, ms: 500 }),
  },
  {
    name: "admin: 600 heads that stop in the middle",
    status: 0,
    counter: room,
    abuse: (_port, { adminPort }) =>
      hold(adminPort, `GET /livez HTTP/1.1\r\n${HOST}\r\nX-A: `, { count: 600, ms: 500 }),
  },
  {
    name: "admin: 600 bodies that stop in the middle",
    status: 0,
    counter: room,
    abuse: (_port, { adminPort, token }) =>
      hold(
        adminPort,
        `${request("POST", "/api/v1/explain", [
          "Content-Type: application/json",
          "Content-Length: 1000",
          `Authorization: Bearer ${token}`,
        ])}{"a":`,
        { count: 600, ms: 500 },
      ),
  },
  {
    name: "admin: tokens guessed",
    status: 429,
    counter: 'fig_admin_refused_total{reason="too_many_attempts"}',
    abuse: (_port, { adminPort }) =>
      many(20, (i) =>
        send(
          adminPort,
          request("GET", "/api/v1/status", [`Authorization: Bearer guess-${i}-of-many-tokens`]),
          undefined,
          GUESSER,
        ),
      ),
  },
  {
    name: "admin: a body of 1 MB",
    status: 413,
    abuse: asked((token) =>
      request("POST", "/api/v1/explain", [`Authorization: Bearer ${token}`], repeated('{"a":1,', 1_000_000)),
    ),
  },
  {
    name: "admin: 60 KB of JSON nested as deep",
    statuses: [400],
    abuse: asked((token) =>
      request("POST", "/api/v1/explain", [`Authorization: Bearer ${token}`], "[".repeat(60_000)),
    ),
  },
  {
    name: "admin: 60 KB of well-formed JSON nested as deep",
    statuses: [400],
    abuse: asked((token) =>
      request(
        "POST",
        "/api/v1/explain",
        [`Authorization: Bearer ${token}`],
        `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
      ),
    ),
  },
  {
    name: "admin: explain with 60 KB of odd headers",
    statuses: [200, 400],
    abuse: asked((token) => explain(token, { cookie: repeated("a=;", 60_000) })),
  },
  {
    name: "admin: explain with a path of 8 KiB",
    statuses: [200, 400],
    abuse: asked((token) =>
      request(
        "POST",
        "/api/v1/explain",
        [`Authorization: Bearer ${token}`],
        JSON.stringify({ method: "GET", url: `/${repeated("%u0061;x//%2e%2e/", 8000)}` }),
      ),
    ),
  },
  {
    name: "admin: 120 event streams that nobody reads",
    status: 0,
    abuse: (_port, { adminPort }) =>
      hold(adminPort, request("GET", "/api/v1/events"), { count: 120, ms: 700 }),
  },
  {
    name: "admin: metrics asked for by 16 at once",
    status: 200,
    abuse: (_port, { adminPort, token }) =>
      many(16, () => send(adminPort, request("GET", "/metrics", [`Authorization: Bearer ${token}`]))),
  },
].map((each) => ({ ...each, admin: true }));
