import { OPERATIONS } from "./operations.ts";

/** GET /: what is here, without script or style. */
export function rootPage(version: string): string {
  const plain = OPERATIONS.filter((row) => row.method === "get" && !row.path.includes("{"));
  const items = [
    ["/metrics", "Prometheus metrics of this process."],
    ["/livez", "200 while the process is alive."],
    ["/readyz", "200 while it is ready to serve; what is wrong."],
    ...plain.map((row) => [`/api/v1${row.path}`, row.summary] as const),
  ];
  const list = items.map(([path, text]) => `<dt><a href="${path}">${path}</a></dt><dd>${escaped(text)}</dd>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>strangler-fig admin</title></head>
<body>
<h1>strangler-fig ${escaped(version)}</h1>
<p>The admin address of a front door. On the command line: <code>fig status</code>.</p>
<dl>
${list.join("\n")}
</dl>
</body>
</html>
`;
}

function escaped(text: string | undefined): string {
  return (text ?? "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}
