// What really differs: both versions are asked themselves, without a front door between, and each difference is held to what they say.
const answer = (path, method) => (url) => fetch(new URL(path, url), { method });
const json = (path) => async (url) => (await answer(path)(url)).json();
const header = (path, name) => async (url) => (await answer(path)(url)).headers.get(name) ?? undefined;
const from = (path, pick) => async (url) => pick(await json(path)(url));

const page = "/books?_page=2&_limit=3";
const isArray = (body) => (Array.isArray(body) ? "array" : "object");

/** Route, path and kind as `fig diff` prints them, what is asked, and how. */
const truths = [
  ["books.read", "$.id", "type", "GET /books/1", from("/books/1", ({ id }) => id)],
  [
    "books.read",
    "$.author",
    "missing",
    "GET /books/2?_expand=author",
    from("/books/2?_expand=author", ({ author }) => author?.name),
  ],
  ["books.read", "$.error", "extra", "GET /books/99", from("/books/99", ({ error }) => error)],
  [
    "books.read",
    "status",
    "value",
    "HEAD /books/3",
    async (url) => (await answer("/books/3", "HEAD")(url)).status,
  ],
  ["books.read", "header.vary", "missing", "GET /books/1", header("/books/1", "vary")],
  ["books.read", "header.cache-control", "missing", "GET /books/1", header("/books/1", "cache-control")],
  ["books.list", "$[*].id", "type", "GET /books", from("/books", ([{ id }]) => id)],
  ["books.list", "$", "length", "GET /books?id=5", from("/books?id=5", (found) => found.length)],
  ["books.list", "$", "type", `GET ${page}`, from(page, isArray)],
  [
    "books.list",
    "header.link",
    "missing",
    `GET ${page}`,
    async (url) => (await header(page, "link")(url)) && "<…>; rel=…",
  ],
  ["books.list", "header.x-total-count", "missing", `GET ${page}`, header(page, "x-total-count")],
  ["authors.read", "$.id", "type", "GET /authors/1", from("/authors/1", ({ id }) => id)],
  [
    "authors.read",
    "$.books",
    "length",
    "GET /authors/1?_embed=books",
    from("/authors/1?_embed=books", ({ books }) => books.length),
  ],
  ["authors.read", "header.vary", "missing", "GET /authors/1", header("/authors/1", "vary")],
  ["shop.read", "header.vary", "missing", "GET /shop", header("/shop", "vary")],
];

/** Each difference with what 0.17 and 1.0 say; throws where they say the same. */
export async function asking(legacy, modern) {
  const rows = [];
  for (const [route, path, kind, what, ask] of truths) {
    const [old, fresh] = [await ask(legacy), await ask(modern)].map(
      (said) => JSON.stringify(said) ?? "nothing",
    );
    if (old === fresh) throw new Error(`${route}: both say ${old} at ${path}`);
    rows.push([route, path, kind, what, old, fresh]);
  }
  return rows;
}
