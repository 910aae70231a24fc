import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { each, type Same, type ShapeOf } from "../../../src/control/schemas/parts.ts";

// What types say is checked by `npm run lint`: what is wrong here does not compile.
test("types are the same if JSON cannot tell them apart", () => {
  expectTypeOf<
    Same<{ a: string; b?: number }, { readonly b: number | undefined; a: string }>
  >().toEqualTypeOf<true>();
  expectTypeOf<Same<readonly { a: 1 }[], { a: 1 }[]>>().toEqualTypeOf<true>();
});

test("a key, a value or a null that only one of two types has makes them differ, however deep", () => {
  expectTypeOf<Same<{ a: string }, { a: string; b?: number }>>().toEqualTypeOf<false>();
  expectTypeOf<Same<{ a: string; b?: number }, { a: string }>>().toEqualTypeOf<false>();
  expectTypeOf<Same<{ a: string }, { a?: string }>>().toEqualTypeOf<false>();
  expectTypeOf<Same<{ a: 1 | 2 }, { a: 1 }>>().toEqualTypeOf<false>();
  expectTypeOf<Same<{ a: { b: 1 }[] }, { a: { b: 1; c?: 2 }[] }>>().toEqualTypeOf<false>();
  expectTypeOf<Same<{ a: { b: 1 } }, { a: { b: 1 } | null }>>().toEqualTypeOf<false>();
});

test("each name has the same schema, and its type is readonly all the way down", () => {
  const lists = each(["a", "b"], z.array(z.object({ n: z.number() })));
  expect(lists.parse({ a: [{ n: 1 }], b: [], c: 1 })).toEqual({ a: [{ n: 1 }], b: [] });
  expect(lists.safeParse({ a: [] }).success).toBe(false);
  type List = readonly { readonly n: number }[];
  expectTypeOf<ShapeOf<typeof lists>>().toEqualTypeOf<{ readonly a: List; readonly b: List }>();
});
