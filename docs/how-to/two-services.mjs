// Two services for the how-to pages: the monolith on port 3000 and a new orders service on port 3001, over the same orders.
// They differ in three ways that a rewrite might, and in a time stamp that is never the same; `POST /repair` to the new one
// mends the three. `node docs/how-to/two-services.mjs` starts both, Ctrl-C ends both.
import { createServer } from "node:http";

const PATH = /^\/api\/orders\/(\d+)$/;
const STATUSES = ["paid", "packed", "shipped"];

function order(id) {
  return {
    id,
    status: STATUSES[id % 3],
    total: Math.round(id * 1990 + 5) / 100,
    customer: { name: `Customer ${id % 7}`, email: `c${id % 7}@example.com` },
    items: [{ sku: `lamp-${id % 5}`, quantity: 1 + (id % 3) }],
    readAt: new Date().toISOString(),
  };
}

const monolith = (id) => order(id);

/** Until it is repaired: rounds some totals down, has lost the customer's e-mail, and calls `packed` by another name. Its clock counts seconds. */
let repaired = false;
const modern = (id) => {
  if (repaired) return order(id);
  const { customer, total, status, readAt, ...rest } = order(id);
  return {
    ...rest,
    readAt: readAt.replace(/\.\d+/, ""),
    status: status === "packed" ? "in_progress" : status,
    total: id % 10 === 0 ? Math.round(total * 100 - 1) / 100 : total,
    customer: { name: customer.name },
  };
};

function serve(name, port, answer) {
  const server = createServer((request, response) => {
    request.resume();
    if (name === "orders" && request.method === "POST" && request.url === "/repair") {
      repaired = true;
      response.end("the orders service is repaired\n");
      return;
    }
    const id = PATH.exec(new URL(request.url, "http://localhost").pathname)?.[1];
    const body = id === undefined ? { error: "no such page" } : answer(Number(id));
    response.writeHead(id === undefined ? 404 : 200, {
      "content-type": "application/json",
      "x-served-by": name,
    });
    response.end(JSON.stringify(body));
  });
  server.listen(port, "127.0.0.1", () => {
    process.stdout.write(`${name} listens on http://127.0.0.1:${server.address().port}\n`);
  });
}

serve("monolith", Number(process.env.LEGACY_PORT ?? 3000), monolith);
serve("orders", Number(process.env.MODERN_PORT ?? 3001), modern);
