import fc from "fast-check";
import { isCredentialName } from "../../src/domain/credentials.ts";

/** A JSON value as JavaScript holds it; numbers are safe integers or short decimals. */
export type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

const name = fc.oneof(
  fc.constantFrom("a", "b", "id", "odd key", "__proto__", "x.y", "*", ""),
  // A name of a credential's is shown as such: tests of secrets have those.
  fc.string({ maxLength: 4 }).filter((text) => !isCredentialName(text)),
);
const scalar: fc.Arbitrary<Plain> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.integer({ min: -9999, max: 9999 }).map((hundredths) => hundredths / 100),
  fc.string({ maxLength: 6 }),
);

export const plainValue: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 5 }),
    fc
      .array(fc.tuple(name, tie("value")), { maxLength: 5 })
      .map((members) => Object.fromEntries(members) as Plain),
  ),
})).value;

/** JSON text with other member order, white space and number spelling than JSON.stringify's; the same value. */
export function respelled(value: Plain, choice: () => number): string {
  const space = () => ["", " ", "\n\t"][choice() % 3];
  if (typeof value === "number" && Number.isInteger(value)) {
    const shifted = value === 0 ? "-0E5" : `${value}0e-1`;
    return [`${value}`, `${value}.0`, `${value}e0`, shifted][choice() % 4] as string;
  }
  if (Array.isArray(value)) {
    return `[${space()}${value.map((each) => respelled(each, choice)).join(`${space()},${space()}`)}${space()}]`;
  }
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value);
    if (choice() % 2 === 0) members.reverse();
    const texts = members.map(
      ([key, each]) => `${JSON.stringify(key)}${space()}:${space()}${respelled(each, choice)}`,
    );
    return `{${space()}${texts.join(`,${space()}`)}}`;
  }
  return JSON.stringify(value);
}

/** Every place in a value, as steps: names, and indexes as numbers. */
export function placesOf(
  value: Plain,
  at: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (value === null || typeof value !== "object") return [at];
  const children: [string | number, Plain][] = Array.isArray(value)
    ? value.map((each, i) => [i, each])
    : Object.entries(value);
  return [at, ...children.flatMap(([step, each]) => placesOf(each, [...at, step]))];
}

/** A copy with what `change` gives at one place; undefined removes it there. */
export function edited(
  value: Plain,
  place: readonly (string | number)[],
  change: (old: Plain) => Plain | undefined,
): Plain | undefined {
  const [step, ...rest] = place;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.flatMap((each, i) => {
      const next = i === step ? edited(each, rest, change) : each;
      return next === undefined ? [] : [next];
    });
  }
  return Object.fromEntries(
    Object.entries(value as { [name: string]: Plain }).flatMap(([key, each]) => {
      const next = key === step ? edited(each, rest, change) : each;
      return next === undefined ? [] : [[key, next]];
    }),
  );
}
