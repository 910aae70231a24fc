import http from "node:http";
import httpProxy from "http-proxy";

const [port, upstreamPort] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256 });
const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${upstreamPort}`, agent, xfwd: true });
proxy.on("error", (_error, _request, response) => {
  if ("writeHead" in response && !response.headersSent) response.writeHead(502);
  response.end();
});
http
  // Node closes an idle connection after 5 s; this is fig's patience.
  .createServer({ keepAliveTimeout: 75_000 }, (request, response) => proxy.web(request, response))
  .listen(Number(port), "127.0.0.1");
