// As http-proxy's README starts it: no agent, so a connection to the upstream, and one to the client, for each request.
import httpProxy from "http-proxy";

const [port, upstreamPort] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${upstreamPort}` });
proxy.on("error", (_error, _request, response) => {
  if ("writeHead" in response && !response.headersSent) response.writeHead(502);
  response.end();
});
proxy.listen(Number(port), "127.0.0.1");
