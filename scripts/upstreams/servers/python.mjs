// Python: nine readers of their own.
import { fileURLToPath } from "node:url";
import { app } from "./app.mjs";

const APPS = fileURLToPath(new URL("../apps", import.meta.url));

function server(name, packages, needs, version, prepare) {
  return { name, family: "Python", packages, needs, version, echoes: true, prepare };
}

/** Served by a function of apps/echo.py. */
function byModule(name, module, version) {
  const needs = [`/usr/lib/python3/dist-packages/${module}`];
  return server(name, [version], needs, version, () => ["/usr/bin/python3", app("echo.py"), module]);
}

export const python = [
  server("http.server", ["python3"], ["/usr/bin/python3"], "python3", () => [
    "/usr/bin/python3",
    app("echo.py"),
    "http_server",
  ]),
  server("gunicorn", ["gunicorn"], ["/usr/bin/gunicorn"], "gunicorn", ({ port }) => [
    ...["/usr/bin/gunicorn", "--chdir", APPS, "--keep-alive", "30", "--threads", "8"],
    ...["-b", `127.0.0.1:${port}`, "echo:wsgi"],
  ]),
  server("uvicorn", ["uvicorn"], ["/usr/bin/uvicorn"], "python3-uvicorn", ({ port }) => [
    ...["/usr/bin/uvicorn", "--app-dir", APPS, "--port", `${port}`, "--log-level", "critical", "echo:asgi"],
  ]),
  byModule("waitress", "waitress", "python3-waitress"),
  byModule("werkzeug", "werkzeug", "python3-werkzeug"),
  byModule("cheroot", "cheroot", "python3-cheroot"),
  byModule("aiohttp", "aiohttp", "python3-aiohttp"),
  byModule("tornado", "tornado", "python3-tornado"),
  byModule("twisted", "twisted", "python3-twisted"),
];
