import { expect, test } from "vitest";
import { meantTemplate } from "../../src/config/index.ts";

test.each([
  ["/api/orders/:id", "/api/orders/{id}"],
  ["/api/:kind/:id(\\d+)", "/api/{kind}/{id}"],
  ["/api/:id?", "/api/{id}"],
  ["/api/orders/*", "/api/orders/{rest+}"],
  ["/api/**", "/api/{rest+}"],
  ["/files/*path", "/files/{path+}"],
  ["/files/:path*", "/files/{path+}"],
  ["/files/.*", "/files/{rest+}"],
  ["/files/(.*)", "/files/{rest+}"],
  ["/a/*/b/*/c", "/a/{any}/b/{any2}/c"],
  ["/a/{rest}/*", "/a/{rest}/{rest2+}"],
  ["/a/<int:id>/<path:rest>", "/a/{id}/{rest+}"],
  ["/a/[id]/[...slug]", "/a/{id}/{slug+}"],
  ["/api/orders*", "/api/{any}"],
])("%s probably means %s", (path, meant) => {
  expect(meantTemplate(path)).toBe(meant);
});

test.each([
  "/",
  "/api/orders/{id}",
  "/files/{rest+}",
  "/v1/books:archive",
  "/a/%3Aid/%2A",
  "/$metadata",
  "/a.b/c-d_e~",
])("%s means what it says", (path) => {
  expect(meantTemplate(path)).toBeUndefined();
});
