// Servers in C, each with a reader of its own, and Caddy: what they serve is a file or a rule of their configuration.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MARK } from "../processes.mjs";
import { app } from "./app.mjs";

function write(folder, name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A document root whose guarded file says the mark; and one for the guarded host, whose every file does. */
function sites(folder) {
  for (const place of ["site/admin", "secret/admin", "logs"])
    mkdirSync(join(folder, place), { recursive: true });
  write(folder, "site/index.html", "seen");
  write(folder, "site/admin/secret", MARK);
  write(folder, "site/admin/index.html", MARK);
  write(folder, "secret/index.html", MARK);
  write(folder, "secret/admin/secret", MARK);
}

const NGINX = (
  folder,
  port,
) => `daemon off; pid ${folder}/pid; worker_processes 1; error_log ${folder}/error.log crit;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; keepalive_requests 100000;
  server {
    listen 127.0.0.1:${port} default_server; server_name site.example;
    add_header X-Seen "$request_method $http_x_request_id - -" always;
    location = /admin { return 200 ${MARK}; }
    location /admin/ { return 200 ${MARK}; }
    location / { return 200 seen; }
  }
  server { listen 127.0.0.1:${port}; server_name secret.example; return 200 ${MARK}; }
}
`;

const APACHE = (folder, port) => `ServerRoot ${folder}
ServerName site.example
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
LogLevel crit
Mutex file:${folder}/logs default
MaxKeepAliveRequests 0
${["mpm_event", "authz_core", "headers", "dir", "mime"].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
TypesConfig /etc/mime.types
DirectoryIndex index.html
<Directory ${folder}>
  Require all granted
</Directory>
Header always set X-Seen "expr=%{REQUEST_METHOD} %{HTTP:X-Request-Id} - -"
<VirtualHost 127.0.0.1:${port}>
  ServerName site.example
  DocumentRoot ${folder}/site
</VirtualHost>
<VirtualHost 127.0.0.1:${port}>
  ServerName secret.example
  DocumentRoot ${folder}/secret
</VirtualHost>
`;

const LIGHTTPD = (folder, port) => `server.document-root = "${folder}/site"
server.bind = "127.0.0.1"
server.port = ${port}
server.max-keep-alive-requests = 100000
server.modules = ( "mod_indexfile" )
index-file.names = ( "index.html" )
$HTTP["host"] =~ "^secret\\.example\\.?(:\\d+)?$" { server.document-root = "${folder}/secret" }
`;

const HAPROXY = (port, behind) => `global
  log stdout local0 emerg
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend in
  bind 127.0.0.1:${port}
  acl guarded path_beg /admin/
  acl guarded path /admin
  acl secret hdr(host),field(1,:),rtrim(.),lower secret.example
  http-request return status 200 content-type text/plain string ${MARK} if guarded || secret
  default_backend app
backend app
  server app 127.0.0.1:${behind}
`;

const H2O = (folder, port) => `listen: { host: 127.0.0.1, port: ${port} }
pid-file: ${folder}/pid
error-log: ${folder}/error.log
num-threads: 1
user: root
hosts:
  "site.example":
    paths: { "/": { file.dir: ${folder}/site } }
  "secret.example":
    paths: { "/": { file.dir: ${folder}/secret } }
`;

/** Files, not path matchers: those take letters of either case, and names with dots or blanks behind them, for the same. */
const CADDY = (folder, port) => `{
  admin off
  auto_https off
}
http://secret.example:${port} {
  bind 127.0.0.1
  root * ${folder}/secret
  file_server
}
http://:${port} {
  bind 127.0.0.1
  header X-Seen "{method} {header.X-Request-Id} - -"
  root * ${folder}/site
  file_server
}
`;

/** `hosts`: it can serve another host differently. */
function server(name, family, packages, needs, echoes, prepare, hosts = true) {
  return { name, family, packages, needs, version: packages[0], echoes, prepare, hosts };
}

export const native = [
  server("nginx", "C", ["nginx"], ["/usr/sbin/nginx"], true, ({ folder, port }) => [
    "/usr/sbin/nginx",
    "-c",
    write(folder, "nginx.conf", NGINX(folder, port)),
  ]),
  server("apache", "C", ["apache2-bin", "media-types"], ["/usr/sbin/apache2"], true, ({ folder, port }) => {
    sites(folder);
    return ["/usr/sbin/apache2", "-DFOREGROUND", "-f", write(folder, "apache.conf", APACHE(folder, port))];
  }),
  server("lighttpd", "C", ["lighttpd"], ["/usr/sbin/lighttpd"], false, ({ folder, port }) => {
    sites(folder);
    return ["/usr/sbin/lighttpd", "-D", "-f", write(folder, "lighttpd.conf", LIGHTTPD(folder, port))];
  }),
  server(
    "haproxy",
    "C",
    ["haproxy"],
    ["/usr/sbin/haproxy"],
    true,
    async ({ folder, port, run, freePort }) => {
      const behind = await freePort();
      await run("behind", behind, [process.execPath, app("echo-node.mjs")]);
      return ["/usr/sbin/haproxy", "-db", "-f", write(folder, "haproxy.cfg", HAPROXY(port, behind))];
    },
  ),
  server("h2o", "C", ["h2o"], ["/usr/bin/h2o"], false, ({ folder, port }) => {
    sites(folder);
    return ["/usr/bin/h2o", "-c", write(folder, "h2o.yaml", H2O(folder, port))];
  }),
  server(
    "busybox",
    "C",
    ["busybox"],
    ["/usr/bin/busybox"],
    false,
    ({ folder, port }) => {
      sites(folder);
      return ["/usr/bin/busybox", "httpd", "-f", "-p", `127.0.0.1:${port}`, "-h", join(folder, "site")];
    },
    false,
  ),
  server("caddy", "Go", ["caddy"], ["/usr/bin/caddy"], true, ({ folder, port }) => {
    sites(folder);
    const config = write(folder, "Caddyfile", CADDY(folder, port));
    return ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", config];
  }),
];
