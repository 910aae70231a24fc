// What Node's http understood of a request; its URL with a base reads the path, as many applications do.
import { createServer } from "node:http";

createServer((request, response) => {
  let length = 0;
  request.on("data", (chunk) => {
    length += chunk.length;
  });
  request.on("end", () => {
    const url = URL.parse(request.url ?? "/", `http://${request.headers.host ?? "a.test"}`);
    let path = url?.pathname ?? "";
    try {
      path = decodeURIComponent(path);
    } catch {}
    const host = (url?.hostname ?? "").replace(/\.$/, "");
    const guarded = path === "/admin" || path.startsWith("/admin/") || host === "secret.example";
    const id = request.headers["x-request-id"] ?? "-";
    response.setHeader("X-Seen", `${request.method} ${id} ${length} ${Buffer.from(path).toString("hex")}`);
    response.end(guarded ? process.env.MARK : "seen");
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
