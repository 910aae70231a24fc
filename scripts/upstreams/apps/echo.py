"""What a Python server understood of a request, as X-Seen says it. The last argument chooses the server, PORT its port."""
import os
import sys

PORT = int(os.environ.get("PORT", "0"))
MARK = os.environ.get("MARK", "")


def answer(method, path, host, request_id, length):
    bare = host.split(":")[0].lower().rstrip(".")
    guarded = path == "/admin" or path.startswith("/admin/") or bare == "secret.example"
    code = "latin-1" if all(ord(c) < 256 for c in path) else "utf-8"
    seen = "%s %s %d %s" % (method, request_id or "-", length, path.encode(code, "surrogateescape").hex())
    return seen, (MARK if guarded else "seen").encode()


def wsgi(environ, start_response):
    length = environ.get("CONTENT_LENGTH") or ""
    endless = environ.get("wsgi.input_terminated")
    stream = environ["wsgi.input"]
    body = stream.read() if endless else stream.read(int(length)) if length.isdigit() else b""
    seen, text = answer(
        environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_HOST", ""), environ.get("HTTP_X_REQUEST_ID"), len(body)
    )
    start_response("200 OK", [("X-Seen", seen), ("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    seen, text = answer(scope["method"], scope["path"], headers.get("host", ""), headers.get("x-request-id"), len(body))
    fields = [(b"x-seen", seen.encode()), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": text})


def with_waitress():
    import waitress

    waitress.serve(wsgi, host="127.0.0.1", port=PORT, threads=4)


def with_werkzeug():
    from werkzeug.serving import WSGIRequestHandler, run_simple

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    run_simple("127.0.0.1", PORT, wsgi, threaded=True)


def with_cheroot():
    from cheroot.wsgi import Server

    Server(("127.0.0.1", PORT), wsgi).start()


def with_aiohttp():
    from aiohttp import web

    async def handle(request):
        body = await request.read()
        seen, text = answer(request.method, request.path, request.host, request.headers.get("X-Request-Id"), len(body))
        return web.Response(body=text, headers={"X-Seen": seen})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handle)
    web.run_app(app, host="127.0.0.1", port=PORT, print=None)


def with_tornado():
    import asyncio
    from urllib.parse import unquote

    from tornado.web import Application, RequestHandler

    class Echo(RequestHandler):
        def handle(self, *_):
            request = self.request
            path = unquote(request.path, "latin-1")
            seen, text = answer(request.method, path, request.host, request.headers.get("X-Request-Id"), len(request.body))
            self.set_header("X-Seen", seen)
            self.write(text)

        get = head = post = put = patch = delete = options = handle

    async def main():
        Application([(r".*", Echo)]).listen(PORT, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(main())


def with_twisted():
    from twisted.internet import reactor
    from twisted.web.resource import Resource
    from twisted.web.server import Site

    class Echo(Resource):
        isLeaf = True

        def render(self, request):
            path = "/" + "/".join(part.decode("latin-1") for part in request.postpath)
            host = (request.getHeader("host") or "")
            body = request.content.read()
            seen, text = answer(request.method.decode("latin-1"), path, host, request.getHeader("x-request-id"), len(body))
            request.setHeader("X-Seen", seen)
            return text

    reactor.listenTCP(PORT, Site(Echo()), interface="127.0.0.1")
    reactor.run()


def with_http_server():
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from urllib.parse import unquote, urlsplit

    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            if self.headers.get("Transfer-Encoding"):
                # It knows no chunks: an application on it refuses them.
                self.close_connection = True
                self.send_error(411)
                return
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            try:
                path = unquote(urlsplit(self.path).path, "latin-1")
            except ValueError:
                self.send_error(400)
                return
            seen, text = answer(self.command, path, self.headers.get("Host", ""), self.headers.get("X-Request-Id"), len(body))
            self.send_response(200)
            self.send_header("X-Seen", seen)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

        def log_message(self, *_):
            pass

    ThreadingHTTPServer(("127.0.0.1", PORT), Echo).serve_forever()


if __name__ == "__main__":
    globals()["with_" + sys.argv[-1]]()
