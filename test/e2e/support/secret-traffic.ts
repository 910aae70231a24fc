import type { Kind, Plants } from "./secret-plants.ts";
import type { PlannedAnswer, PlannedSides } from "./secret-sides.ts";

/** One request as it is written, and whether the front door answers it itself. */
export interface Planted {
  readonly method: string;
  readonly text: string;
  readonly refused: boolean;
}

const KINDS_A_ROUTE = 20;
/** Routes of their own for each few kinds: a window keeps 500 rows apart. */
export const routeOf = (at: number) => `k${Math.floor(at / KINDS_A_ROUTE)}`;
/** A word that is none, and has to be where samples are. */
export const CANARY = "canary-in-the-mine";

type Fields = readonly (readonly [string, string])[];

const written = (line: string, fields: Fields, body = "") =>
  `${line} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;

/** Where a party can put bytes: requests for one kind, with what both sides answer; a body of each of `sorts`. */
export function trafficOf(
  kind: Kind,
  at: number,
  plants: Plants,
  sides: PlannedSides,
  lane: string,
  sorts: readonly number[],
): readonly Planted[] {
  const mark = (place: string) => plants.mark(place, kind.kind);
  const route = routeOf(at);
  const carried = (): Fields => {
    const [name, value] = kind.field(mark("a header"));
    return [
      [name, value],
      ["X-Other", kind.line(mark("a header's value"))],
      ["Cookie", `theme=dark; ${cookie(kind, mark("a cookie"))}`],
      ["Authorization", `Bearer ${mark("Authorization")}`],
      [
        "Proxy-Authorization",
        `Basic ${Buffer.from(`user:${mark("Proxy-Authorization")}`).toString("base64")}`,
      ],
      ["Referer", `http://shop.example/x?${kind.pair(mark("Referer"))}`],
      ["User-Agent", `x (${kind.line(mark("User-Agent"))})`],
      ["X-Request-Id", kind.line(mark("X-Request-Id"))],
      ["Traceparent", `00-${kind.line(mark("Traceparent"))}`],
      ["Tracestate", `a=${kind.line(mark("Tracestate"))}`],
      ["X-Forwarded-For", kind.line(mark("X-Forwarded-For"))],
    ].filter(([each = ""]) => !/^(?:x-plan|host|content-)/i.test(each)) as unknown as Fields;
  };
  const answered = (type: string, of: Kind["bodies"], which: number, side: string): PlannedAnswer => {
    const own = (place: string) => mark(`${place} of ${side}'s answer`);
    const token = kind.token(own("a header's name"));
    const [name, value] = kind.field(own("a header"));
    return {
      reason: `OK ${kind.line(own("the reason phrase"))}`,
      headers: [
        ["content-type", type],
        ["location", `/cb?${kind.pair(own("Location"))}`],
        ["set-cookie", `${cookie(kind, own("Set-Cookie"))}; Path=/`],
        ["x-listed", `${kind.line(own("a listed header"))}`],
        ["x-canary", `${CANARY}-${side}`],
        ...(/^(?:connection|trailer|content-)/i.test(name) ? [] : ([[name, value]] as const)),
        ...(token === undefined ? [] : ([[token, "1"]] as const)),
      ],
      body: of((place) => own(place))[which]?.[1] ?? "",
      trailer: kind.line(own("a trailer")),
    };
  };
  const types = kind.bodies(() => "").map(([type]) => type);
  return [...new Set(sorts.map((sort) => (sort === 0 ? 0 : 1 + (sort % (types.length - 1)))))].map(
    (which): Planted => {
      const type = types[which] as string;
      const plan = `${lane}-${at}-${which}`;
      sides.answers.set(plan, {
        legacy: answered(type, kind.bodies, which, "legacy"),
        modern: answered(type, kind.bodies, which, "modern"),
      });
      const body = kind.bodies((place) => mark(`${place} of a request`))[which]?.[1] ?? "";
      const target = `/${route}/o;${kind.pair(mark("a path"))}/x?a=1&${kind.pair(mark("a query"))}&u=${encodeURIComponent(`http://h/?${kind.pair(mark("a query in a query"))}`)}`;
      const form = which === 1 ? `http://shop.example${target}` : target;
      const length = String(Buffer.byteLength(body));
      const own: Fields = [
        ["Host", "shop.example"],
        ["X-Plan", plan],
        ["Content-Type", type],
        ["Content-Length", length],
      ];
      const head = written(`POST ${form}`, [...own, ...carried()]);
      return { method: "POST", text: head + Buffer.from(body).toString("latin1"), refused: false };
    },
  );
}

/** Kinds in one request that is refused: they are told apart by what is planted. */
export const TOGETHER = 8;

/** One in `count`, from `turn` on. */
export function every<Item>(items: readonly Item[], count: number, turn: number): readonly Item[] {
  return items.filter((_, at) => (at + turn) % count === 0);
}

function cookie(kind: Kind, marker: string): string {
  const [name, value] = kind.field(marker);
  return name === "x-note" ? kind.line(marker).replaceAll(";", ",") : `${name}=${value}`;
}

/** What the front door answers itself: requests for a few kinds at once, in a query and in the heads that it may not take. */
export function refusedTraffic(
  kinds: readonly Kind[],
  at: number,
  plants: Plants,
  turn: number,
): readonly Planted[] {
  const route = routeOf(at);
  const marked = (kind: Kind, place: string) => plants.mark(place, kind.kind);
  const pairs = (place: string) => kinds.map((kind) => kind.pair(marked(kind, place))).join("&");
  const query = (place: string) => `?${pairs(`the query of ${place}`)}`;
  const lines = (name: string, place: string, of = kinds): Fields =>
    of.map((kind) => [name, kind.line(marked(kind, place))]);
  const host = ["Host", "shop.example"] as const;
  const of = (line: string, fields: Fields) => ({
    method: "GET",
    text: written(line, fields),
    refused: true,
  });
  const methods = kinds.flatMap((kind) => kind.token(marked(kind, "a method")) ?? []);
  const segments = kinds.map((kind) => kind.pair(marked(kind, "an unknown path"))).join("/");
  return [
    of(`GET /${route}/x${query("a bad head")}`, [
      host,
      ...kinds.map((kind) => [`bad ${kind.line(marked(kind, "a bad name"))}`, "x"] as const),
    ]),
    ...methods.map((method) => of(`${method} /${route}/x`, [host])),
    // One in a request.
    ...lines("Host", "Host", every(kinds, 4, turn)).map((field) => of(`GET /${route}/x`, [field])),
    of(`GET /nowhere/${segments}${query("an unknown path")}`, [host]),
    of(`GET /dead/x${query("a dead upstream")}`, [
      host,
      ...lines("X-Request-Id", "X-Request-Id of what fails", every(kinds, TOGETHER, turn)),
    ]),
    of(`GET http://user:${plants.mark("a URL's user")}@shop.example/${route}/x${query("an absolute URL")}`, [
      host,
    ]),
    of(`GET /${route}/x${query("a fragment")}#${pairs("a fragment")}`, [host]),
    of(`GET /${route}/x${query("an upgrade")}`, [
      host,
      ...([
        ["Connection", "Upgrade"],
        ["Upgrade", "websocket"],
        ["Sec-WebSocket-Version", "13"],
      ] as const),
      ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="],
      ...lines("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol"),
    ]),
    of(`GET /${route}/x${query("a long URL")}&pad=${"x".repeat(9000)}`, [host]),
  ];
}
