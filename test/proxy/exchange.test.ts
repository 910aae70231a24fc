import { describe, expect, it } from "vitest";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { CHUNKED, NO_BODY, UNTIL_CLOSE } from "../../src/domain/message.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

const POST = { method: "POST", framing: 5, headers: ["Host", "shop.test", "Content-Length", "5"] };

describe("an exchange, over a lane and a backend without sockets", () => {
  it("sends the request on as it came, adds its own headers, and streams the answer back", () => {
    const world = new ExchangeWorld();
    const lane = world.request({ headers: ["HOST", "shop.test", "x-Odd", "a", "x-Odd", "b"] });
    const call = world.legacy.last;
    expect(call.request).toMatchObject({
      method: "GET",
      target: "/orders/1",
      framing: NO_BODY,
      retryable: true,
    });
    expect(call.request.headers.slice(0, 6)).toEqual(["HOST", "shop.test", "x-Odd", "a", "x-Odd", "b"]);
    expect(call.header("x-forwarded-for")).toBe("127.0.0.1");
    expect(call.header("x-forwarded-proto")).toBe("http");
    expect(call.header("x-forwarded-host")).toBe("shop.test");
    expect(call.header("via")).toBe("1.1 fig");
    expect(call.header("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(call.header("traceparent")).toBeUndefined();
    expect(call.ended).toBe(true);
    call.listener.onHead(200, "Fine", ["X-a", "1", "x-A", "2", "content-length", "4"], 4);
    call.listener.onData(Buffer.from("bo"));
    call.listener.onData(Buffer.from("dy"));
    call.listener.onEnd(undefined);
    expect(lane).toMatchObject({
      status: 200,
      reason: "Fine",
      framing: 4,
      body: "body",
      ended: true,
      closes: false,
    });
    expect(lane.headers).toEqual(["X-a", "1", "x-A", "2", "content-length", "4"]);
    expect(world.counts().legacy.requests).toBe(0);
    lane.flush();
    expect(world.counts().legacy).toMatchObject({ requests: 1, errors: 0, codes: { 200: 1 } });
    expect(world.context.clients.active).toBe(0);
    expect(world.requests.active).toBe(0);
  });

  it("pauses the upstream while the client is slow, and the client while the upstream is", () => {
    const world = new ExchangeWorld();
    const lane = world.request({ ...POST, framing: CHUNKED, headers: ["Host", "a", "Trailer", "x-sum"] });
    const call = world.legacy.last;
    expect(lane.flowing).toBe(true);
    call.writable = false;
    lane.listener.onBody(Buffer.from("abc"));
    expect(lane.flowing).toBe(false);
    call.listener.onRequestDrain();
    expect(lane.flowing).toBe(true);
    lane.listener.onBodyEnd(["X-Sum", "1"]);
    expect(call).toMatchObject({ body: "abc", ended: true, trailers: ["X-Sum", "1"] });
    call.listener.onHead(200, "OK", [], CHUNKED);
    lane.writable = false;
    call.listener.onData(Buffer.from("x"));
    expect(call.flowing).toBe(false);
    lane.listener.onDrain();
    expect(call.flowing).toBe(true);
    call.listener.onEnd(["X-Check", "9", "content-length", "4"]);
    expect(lane.trailers).toEqual(["X-Check", "9"]);
  });

  it("gives the upstream up when the client leaves, and counts no answer", () => {
    const world = new ExchangeWorld();
    const lane = world.request();
    lane.listener.onAbort("client_left");
    expect(world.legacy.last.aborted).toBe(true);
    expect(world.counts().legacy).toMatchObject({ requests: 0, aborted: 1, errors: 0 });
    expect(world.context.clients.active).toBe(0);
  });

  it("relays 103, and 100 only to a client that waits for it", () => {
    const world = new ExchangeWorld();
    const patient = world.request({
      ...POST,
      expectContinue: true,
      headers: [...POST.headers, "Expect", "100-continue"],
    });
    expect(world.legacy.last.header("expect")).toBe("100-continue");
    world.legacy.last.listener.onInform(100, "Continue", []);
    world.legacy.last.listener.onInform(103, "Early Hints", ["Link", "</a.css>"]);
    expect(patient.informs.map(({ status }) => status)).toEqual([100, 103]);
    const other = world.request();
    world.legacy.last.listener.onInform(100, "Continue", []);
    expect(other.informs).toEqual([]);
    const old = world.request({ version: "1.0" });
    world.legacy.last.listener.onInform(103, "Early Hints", []);
    expect(old.informs).toEqual([]);
  });

  it("passes an early answer on while the body is still coming", () => {
    const world = new ExchangeWorld();
    const lane = world.request(POST);
    const call = world.legacy.last;
    lane.listener.onBody(Buffer.from("ab"));
    call.answer(403, "no");
    expect(lane).toMatchObject({ status: 403, body: "no", ended: true });
    lane.listener.onBody(Buffer.from("cde"));
    lane.listener.onBodyEnd(undefined);
    expect(call.body).toBe("ab");
    lane.flush();
    expect(world.counts().legacy.codes).toEqual({ 403: 1 });
  });

  it("breaks the client's connection when the upstream dies in the middle of its answer", () => {
    const world = new ExchangeWorld();
    const lane = world.request();
    const { listener } = world.legacy.last;
    listener.onHead(200, "OK", ["content-length", "10"], 10);
    listener.onData(Buffer.from("half"));
    listener.onError("upstream_reset", "gone", false);
    expect(lane).toMatchObject({ status: 200, aborted: true, ended: false });
    expect(world.counts().legacy).toMatchObject({ requests: 1, errors: 1 });
    expect(world.records[0]).toMatchObject({ error: "upstream_reset", status: 200 });
  });

  it.each([
    ["upstream_refused", 502],
    ["upstream_reset", 502],
    ["upstream_invalid", 502],
    ["upstream_connect_timeout", 504],
    ["upstream_timeout", 504],
  ] as const)("answers %s before any head as %i, in JSON with the request's id", (code, status) => {
    const world = new ExchangeWorld();
    const lane = world.request({ headers: ["Host", "a", "X-Request-Id", "abc-1"] });
    world.legacy.last.listener.onError(code, "detail that stays inside", false);
    expect(lane.status).toBe(status);
    expect(JSON.parse(lane.body)).toMatchObject({ error: { code, requestId: "abc-1" } });
    expect(lane.body).not.toContain("detail");
    expect(lane.header("content-length")).toBe(String(lane.body.length));
    lane.flush();
    expect(world.counts().legacy).toMatchObject({ requests: 1, errors: 1, codes: { [status]: 1 } });
    expect(world.refusals).toEqual([code]);
  });

  it("answers an error in text to a client that wants text", () => {
    const world = new ExchangeWorld({ noDefault: true });
    const lane = world.request({
      target: "/nowhere",
      headers: ["Host", "a", "Accept", "text/html,*/*;q=0.8"],
    });
    expect(lane.header("content-type")).toBe("text/plain; charset=utf-8");
    expect(lane.body).toMatch(/^no_route: /);
  });

  it.each([
    ["CONNECT", "shop.test:443", [] as string[], "connect_refused", 405],
    ["GET", "shop.test", [], "bad_target", 400],
    ["GET", "*", [], "bad_target", 400],
    ["GET", "ftp://a/b", [], "bad_target", 400],
    ["GET", "http://user:pw@shop.test/", [], "bad_target", 400],
    ["GET", `/${"x".repeat(9000)}`, [], "url_too_long", 414],
    ["GET", "/twice", [], "ambiguous_path", 400],
    ["GET", "/orders/1", ["host", "other"], "bad_host", 400],
    ["GET", "/nowhere", [], "no_route", 404],
  ])("refuses %s %.20s as %s %s", (method, target, extra, code, status) => {
    const world = new ExchangeWorld({ noDefault: true });
    const lane = world.request({ method, target, headers: ["Host", "shop.test", ...extra] });
    expect(lane.status).toBe(status);
    expect(JSON.parse(lane.body).error.code).toBe(code);
    lane.flush();
    expect(world.refusals).toEqual([code]);
    expect(world.counts().legacy.requests).toBe(0);
    expect(world.context.clients.active).toBe(0);
    expect(world.requests.active).toBe(0);
  });

  it.each(
    ["", "a b", "a/b", "a,b", "a@b", "[::1", "a:b"].map((host) => [host, host === "" ? 200 : 400] as const),
  )("takes Host %j with %i", (host, status) => {
    const world = new ExchangeWorld();
    const lane = world.request({ headers: ["Host", host] });
    if (status === 200) world.legacy.last.answer(200, "");
    expect(lane.status).toBe(status);
  });

  it("asks for a Host from HTTP/1.1 and not from HTTP/1.0, where the upstream's own is used", () => {
    const world = new ExchangeWorld();
    expect(world.request({ headers: [] }).status).toBe(400);
    world.request({ headers: [], version: "1.0" });
    expect(world.legacy.last.header("host")).toBeUndefined();
    expect(world.legacy.last.header("via")).toBe("1.0 fig");
  });

  it("sends an absolute-form target as origin-form, to the host it names", () => {
    const world = new ExchangeWorld();
    world.request({ target: "http://real.test:81/orders/7?x", headers: ["Host", "other"] });
    expect(world.legacy.last.request.target).toBe("/orders/7?x");
    expect(world.legacy.last.header("host")).toBe("real.test:81");
  });

  it("sends OPTIONS * to the default upstream", () => {
    const world = new ExchangeWorld();
    world.request({ method: "OPTIONS", target: "*" });
    expect(world.fallback.last.request.target).toBe("*");
  });

  it("sends an ambiguous path to the default upstream untouched where that is chosen", () => {
    const world = new ExchangeWorld({ settings: { ambiguousPaths: "default" } });
    world.request({ target: "/twice" });
    expect(world.fallback.last.request.target).toBe("/twice");
  });

  it("drops hop-by-hop headers both ways, those that Connection names too, and never its own", () => {
    const world = new ExchangeWorld();
    const lane = world.request({
      headers: [
        "X-Drop",
        "1",
        "Connection",
        "x-drop, x-forwarded-for, host, Keep-Alive, TE",
        "Host",
        "shop.test",
        "Keep-Alive",
        "5",
        "TE",
        "gzip, trailers",
        "Proxy-Authorization",
        "Basic x",
        "Proxy-Connection",
        "keep-alive",
        "x-fig-side",
        "modern",
        "__proto__",
        "kept",
      ],
    });
    const call = world.legacy.last;
    for (const gone of ["x-drop", "keep-alive", "proxy-authorization", "proxy-connection", "x-fig-side"]) {
      expect(call.header(gone)).toBeUndefined();
    }
    expect(call.header("host")).toBe("shop.test");
    expect(call.header("x-forwarded-for")).toBe("127.0.0.1");
    expect(call.header("te")).toBe("trailers");
    expect(call.header("__proto__")).toBe("kept");
    call.listener.onHead(
      200,
      "OK",
      [
        "Connection",
        "X-Private, close",
        "X-Private",
        "1",
        "Upgrade",
        "h2c",
        "Transfer-Encoding",
        "chunked",
        "X-Kept",
        "1",
      ],
      CHUNKED,
    );
    expect(lane.headers).toEqual(["X-Kept", "1"]);
  });

  it("believes X-Forwarded-* from trusted proxies only", () => {
    const headers = [
      "Host",
      "a",
      "X-Forwarded-For",
      "9.9.9.9",
      "X-Forwarded-Proto",
      "https",
      "X-Forwarded-Host",
      "b",
    ];
    const plain = new ExchangeWorld();
    plain.request({ headers });
    expect(plain.legacy.last.header("x-forwarded-for")).toBe("127.0.0.1");
    expect(plain.legacy.last.header("x-forwarded-proto")).toBe("http");
    const trusting = new ExchangeWorld({ settings: { trusted: compileNetworks(["127.0.0.0/8"]) } });
    trusting.request({ headers });
    expect(trusting.legacy.last.header("x-forwarded-for")).toBe("9.9.9.9, 127.0.0.1");
    expect(trusting.legacy.last.header("x-forwarded-proto")).toBe("https");
    expect(trusting.legacy.last.header("x-forwarded-host")).toBe("b");
  });

  it.each(["https, http", "HTTPS,http"])(
    "gives its cookie to TLS alone where the client asked with it: %s",
    (proto) => {
      const world = new ExchangeWorld({
        definition: { sticky: [{ kind: "client" }] },
        position: { modern: 100, shadow: 0 },
        settings: { trusted: compileNetworks(["127.0.0.1"]) },
      });
      const lane = world.request({
        headers: ["Host", "a", "Accept", "text/html", "X-Forwarded-Proto", proto],
      });
      world.modern.last.answer(200, "ok", []);
      expect(lane.header("set-cookie")).toMatch(/; Secure$/);
    },
  );

  it("gives a client that opens a page its cookie, which decides at once, and a shared cache none of it", () => {
    const world = new ExchangeWorld({
      definition: { sticky: [{ kind: "client" }] },
      position: { modern: 50, shadow: 0 },
      settings: { trusted: compileNetworks(["127.0.0.1"]) },
    });
    const page = ["Host", "a", "Accept", "text/html", "X-Forwarded-Proto", "https"];
    const lane = world.request({ headers: page });
    const call = world.legacy.calls.at(-1) ?? world.modern.last;
    expect(call.header("cookie")).toBeUndefined();
    call.answer(200, "ok", ["Cache-Control", "public, max-age=5", "Set-Cookie", "a=1"]);
    lane.flush();
    expect(lane.header("cache-control")).toBe("private, max-age=5");
    const [own = "", value = ""] =
      /^fig_client=([0-9a-f]{32}); Path=.*; Secure$/.exec(lane.headers.at(-1) ?? "") ?? [];
    expect(own).not.toBe("");
    expect(lane.header("set-cookie")).toBe("a=1");
    expect(world.cookies).toEqual([["made_private", "orders"]]);
    const sides = world.legacy.calls.length;
    const next = world.request({ headers: ["Host", "a", "Cookie", `fig_client=${value}`] });
    expect(world.legacy.calls.length > sides).toBe(sides > 0);
    (sides > 0 ? world.legacy : world.modern).last.answer(200, "ok");
    next.flush();
    expect(next.header("set-cookie")).toBeUndefined();
    // The draw itself is no sign of how often clients come.
    expect(world.counts().keyed).toBe(1);
  });

  it("refuses a body over the limit: at once when it is announced, in the middle when it is not", () => {
    const world = new ExchangeWorld({ settings: { maxBodyBytes: 4 } });
    const sized = world.request(POST);
    expect(sized).toMatchObject({ status: 413, closes: true });
    expect(world.legacy.calls).toHaveLength(0);
    const chunked = world.request({ ...POST, framing: CHUNKED });
    chunked.listener.onBody(Buffer.from("abc"));
    chunked.listener.onBody(Buffer.from("def"));
    expect(chunked).toMatchObject({ status: 413, closes: true });
    expect(world.legacy.last.aborted).toBe(true);
    chunked.flush();
    expect(world.requests.active).toBe(0);
    expect(world.counts().legacy.requests).toBe(0);
  });

  it("answers 408 when the client's body stalls", () => {
    const world = new ExchangeWorld();
    const lane = world.request(POST);
    lane.listener.onBodyStall();
    expect(lane).toMatchObject({ status: 408, closes: true });
    expect(world.legacy.last.aborted).toBe(true);
  });

  it("becomes a tunnel on 101: bytes both ways, each direction ending by itself", () => {
    const world = new ExchangeWorld();
    const lane = world.request({
      upgrade: true,
      headers: ["Host", "a", "Connection", "Upgrade", "Upgrade", "websocket"],
    });
    const call = world.legacy.last;
    expect(call.request.upgrade).toBe(true);
    expect(call.header("upgrade")).toBe("websocket");
    call.listener.onUpgrade(101, "Switching Protocols", ["Upgrade", "websocket", "Connection", "Upgrade"]);
    expect(lane).toMatchObject({ status: 101, upgraded: true, flowing: true });
    expect(lane.headers).toEqual(["Upgrade", "websocket"]);
    lane.listener.onBody(Buffer.from("ping"));
    call.listener.onData(Buffer.from("pong"));
    expect(call.body).toBe("ping");
    expect(lane.body).toBe("pong");
    call.listener.onEnd(undefined);
    expect(lane.ended).toBe(true);
    lane.listener.onBody(Buffer.from("late"));
    expect(call.body).toBe("pinglate");
    lane.listener.onBodyEnd(undefined);
    expect(call.ended).toBe(true);
    lane.flush();
    expect(world.counts().legacy).toMatchObject({ requests: 1, errors: 0, codes: { 101: 1 } });
    expect(world.counts().notCompared).toEqual({ upgrade: 1 });
  });

  it.each(["client", "side", "error"])("took as long as its opening, whoever ends a tunnel: %s", (first) => {
    const world = new ExchangeWorld();
    const opened = { upgrade: true, headers: ["Host", "a", "Connection", "Upgrade", "Upgrade", "x"] };
    const lane = world.request(opened);
    const { listener } = world.legacy.last;
    listener.onUpgrade(101, "", ["Upgrade", "x"]);
    // Each look at the clock is a millisecond.
    for (let other = 0; other < 100; other++) world.request(POST);
    if (first === "client") lane.listener.onBodyEnd(undefined);
    if (first === "error") listener.onError("upstream_reset", "broke", false);
    else listener.onEnd(undefined);
    lane.listener.onBodyEnd(undefined);
    lane.flush();
    const { requests, sumMicros } = world.counts().legacy;
    expect(requests).toBe(1);
    expect(sumMicros).toBeLessThan(20_000);
  });

  it("answers HEAD with the head alone", () => {
    const world = new ExchangeWorld({ noDefault: true });
    const lane = world.request({ method: "HEAD", target: "/nowhere" });
    expect(lane).toMatchObject({ status: 404, body: "", framing: NO_BODY, ended: true });
    expect(Number(lane.header("content-length"))).toBeGreaterThan(0);
  });

  it("keeps an answer that ends with its connection apart from a sized one", () => {
    const world = new ExchangeWorld();
    const lane = world.request();
    world.legacy.last.listener.onHead(200, "OK", [], UNTIL_CLOSE);
    expect(lane.framing).toBe(UNTIL_CLOSE);
  });

  it("lets an event stream be silent", () => {
    const world = new ExchangeWorld();
    world.request();
    world.legacy.last.listener.onHead(
      200,
      "OK",
      ["Content-Type", "text/event-stream; charset=utf-8"],
      CHUNKED,
    );
    expect(world.legacy.last.silent).toBe(true);
  });

  it("tells the client route and side only where asked to, and lets no upstream speak for it", () => {
    const world = new ExchangeWorld({ settings: { debugHeaders: true } });
    const lane = world.request();
    world.legacy.last.answer(200, "", ["x-fig-side", "modern"]);
    expect(lane.headers.filter((_, i) => i % 2 === 0 && lane.headers[i]?.startsWith("x-fig"))).toEqual([
      "x-fig-route",
      "x-fig-side",
    ]);
    expect(lane.header("x-fig-side")).toBe("legacy");
    expect(lane.header("x-fig-route")).toBe("orders");
  });

  it("closes connections with their answers once the front door drains", () => {
    const world = new ExchangeWorld();
    const lane = world.request();
    world.context.draining = true;
    world.legacy.last.answer(200, "ok");
    expect(lane.closes).toBe(true);
  });

  it("splits by the sticky key, keeps the keyless on legacy until modern is 100, and rewrites per side", () => {
    const world = new ExchangeWorld({ position: { modern: 50, shadow: 0 } });
    for (let user = 0; user < 200; user++)
      world.request({ headers: ["Host", "a", "X-User", `user-${user}`] });
    expect(world.modern.calls.length).toBeGreaterThan(60);
    expect(world.legacy.calls.length).toBeGreaterThan(60);
    expect(world.modern.last.request).toMatchObject({ target: "/v2/orders/1" });
    const before = world.legacy.calls.length;
    world.request({ headers: ["Host", "a"] });
    expect(world.legacy.calls.length).toBe(before + 1);
  });
});
