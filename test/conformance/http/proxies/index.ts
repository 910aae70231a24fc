import { readFileSync } from "node:fs";
import type { ProxyKind } from "../contract.ts";

const root = new URL("../../../../", import.meta.url);

function version(path: string): string {
  return (JSON.parse(readFileSync(new URL(path, root), "utf8")) as { version: string }).version;
}

export const FIG: ProxyKind = {
  name: "fig",
  version: version("package.json"),
  module: new URL("fig.ts", import.meta.url),
  features: ["body limit", "HTTP/2", "trusted proxies", "x-fig headers", "x-forwarded headers"],
};

/** The same with every request through node:http, without the fast lane in front. */
export const FIG_NODE_LANE: ProxyKind = { ...FIG, name: "fig, lane: node", env: { FIG_TEST_LANE: "node" } };

export const HTTP_PROXY: ProxyKind = {
  name: "http-proxy",
  version: version("node_modules/http-proxy/package.json"),
  module: new URL("http-proxy.ts", import.meta.url),
  features: ["x-forwarded headers"],
};

export const HTTPXY: ProxyKind = {
  name: "httpxy",
  version: version("node_modules/httpxy/package.json"),
  module: new URL("httpxy.ts", import.meta.url),
  features: ["x-forwarded headers"],
};
