import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../support/free-port.ts";

/** Debian's place; sbin is not on every PATH. */
export const NGINX = "/usr/sbin/nginx";
export const INSTALL_NGINX = "apt-get install -y nginx";

export function haveNginx(): boolean {
  return existsSync(NGINX);
}

async function answers(port: number, child: ChildProcess): Promise<boolean> {
  for (let i = 0; i < 200 && child.exitCode === null; i++) {
    const socket = connect(port, "127.0.0.1");
    const open = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => false,
      ),
      once(child, "exit").then(() => false),
    ]);
    socket.destroy();
    if (open) return true;
    await delay(25);
  }
  return false;
}

export interface Nginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** One nginx in the foreground, in a folder of its own. `http`: directives of its http block; `location`: of `/`. */
export async function startNginx(http: string, location: string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "fig-nginx-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${temporary.join("\n  ")}
  ${http}
  server {
    listen 127.0.0.1:${port};
    location / { ${location} }
  }
}
`,
  );
  const child = spawn(NGINX, ["-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  if (await answers(port, child)) return { url: `http://127.0.0.1:${port}`, stop };
  await stop();
  throw new Error(`nginx did not start: ${said}`);
}
