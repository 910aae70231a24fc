// Servers that come with a language, or are written in one: Java, Ruby, PHP, Perl, Go, Node.js.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { app } from "./app.mjs";

const JAVA = "/usr/share/java";

function jars(folder, ...patterns) {
  return patterns.map((pattern) => join(folder, `${pattern}.jar`)).join(":");
}

function java(name, packages, needs, version, source, classes) {
  const jdk = ["/usr/bin/javac"];
  const prepare = () => ["/usr/bin/java", "-Xmx256m", ...(classes ? ["-cp", classes] : []), app(source)];
  const all = ["openjdk-17-jdk-headless", ...packages];
  return { name, family: "Java", packages: all, needs: [...jdk, ...needs], version, echoes: true, prepare };
}

function other(name, family, packages, needs, version, prepare) {
  return { name, family, packages, needs, version, echoes: true, prepare };
}

const TOMCAT = ["catalina", "coyote", "util", "util-scan", "api", "juli", "annotations-api", "servlet-api"];
const TOMCAT_MORE = ["jaspic-api", "el-api", "jni", "jsp-api"];
const JETTY = ["server", "servlet", "http", "io", "util", "security", "util-ajax"];

function goBuild({ folder }) {
  const out = join(folder, "echo");
  const env = { ...process.env, GOCACHE: join(folder, "go"), HOME: folder, GO111MODULE: "off" };
  const { status, stderr } = spawnSync("/usr/bin/go", ["build", "-o", out, app("echo.go")], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`go build: ${stderr}`);
  return [out];
}

export const runtimes = [
  java(
    "tomcat",
    ["libtomcat10-java"],
    [`${JAVA}/tomcat10-catalina.jar`],
    "libtomcat10-java",
    "Tomcat.java",
    jars(JAVA, ...[...TOMCAT, ...TOMCAT_MORE].map((part) => `tomcat10-${part}`)),
  ),
  java(
    "jetty",
    ["libjetty9-java"],
    [`${JAVA}/jetty9-server.jar`],
    "libjetty9-java",
    "Jetty.java",
    jars(JAVA, ...JETTY.map((part) => `jetty9-${part}`), "servlet-api"),
  ),
  java("jdk", [], [], "openjdk-17-jdk-headless", "Jdk.java", ""),
  other("puma", "Ruby", ["puma"], ["/usr/bin/puma"], "puma", ({ port }) => [
    ...["/usr/bin/puma", "-q", "-b", `tcp://127.0.0.1:${port}`, app("config.ru")],
  ]),
  other(
    "webrick",
    "Ruby",
    ["ruby", "ruby-webrick"],
    ["/usr/bin/ruby", "/usr/share/doc/ruby-webrick"],
    "ruby-webrick",
    () => ["/usr/bin/ruby", app("echo.rb"), "webrick"],
  ),
  other("php", "PHP", ["php-cli"], ["/usr/bin/php"], "php8.2-cli", ({ port }) => [
    ...["/usr/bin/php", "-q", "-S", `127.0.0.1:${port}`, app("echo.php")],
  ]),
  other("starman", "Perl", ["starman"], ["/usr/bin/starman"], "starman", ({ port }) => [
    ...["/usr/bin/starman", "--listen", `127.0.0.1:${port}`, "--workers", "16", "--keepalive-timeout", "5"],
    app("echo.psgi"),
  ]),
  other(
    "mojolicious",
    "Perl",
    ["libmojolicious-perl"],
    ["/usr/share/perl5/Mojolicious.pm"],
    "libmojolicious-perl",
    ({ port }) => [
      "/usr/bin/perl",
      app("mojo.pl"),
      "daemon",
      "-m",
      "production",
      "-l",
      `http://127.0.0.1:${port}`,
    ],
  ),
  other("go", "Go", ["golang-go"], ["/usr/bin/go"], "golang-1.19-go", goBuild),
  other("node", "Node.js", [], [], "", () => [process.execPath, app("echo-node.mjs")]),
];
