/** What the schemas of the admin API are made of. Each shape is written once, as a schema; its type is inferred. */
import { z } from "zod";

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** What a schema lets through, `readonly` all the way down. */
export type ShapeOf<Schema extends z.ZodType> = Frozen<z.output<Schema>>;

/** Every key with whether it may be left out; `x?: T` and `x: T | undefined` are the same in JSON. */
type Keys<T> = T extends object
  ? {
      readonly [K in keyof T]-?: readonly [
        undefined extends T[K] ? "at times" : "always",
        Keys<Exclude<T[K], undefined>>,
      ];
    }
  : T;

/** Whether two types are the same as JSON: a key, optional or not, that only one of them has makes them differ. */
export type Same<A, B> = [Keys<A>, Keys<B>] extends [Keys<B>, Keys<A>] ? true : false;

export const count = z.int().min(0);
export const at = z.string().describe("ISO 8601.");

/** An object with the same under each of these names. */
export function each<Name extends string, Schema extends z.ZodType>(names: readonly Name[], schema: Schema) {
  return z.object(Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>);
}
