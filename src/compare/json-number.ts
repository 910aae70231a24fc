const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)(\d+))?$/;
/** Integers that are already written in normal form. */
const PLAIN_INTEGER = /^-?[1-9]\d{0,20}(?<=[1-9])$/;
/** Past these bounds an exact difference would cost more than it tells. */
const MAX_EXACT_DIGITS = 400;
const MAX_EXPONENT_DIGITS = 15;

interface Decimal {
  readonly negative: boolean;
  /** Without leading or trailing zeros; "" is zero. */
  readonly digits: string;
  readonly exponent: number;
}

/** Undefined if the exponent is too long to be calculated with. */
function decimalOf(source: string): Decimal | undefined {
  const parts = PARTS.exec(source);
  if (parts === null) return undefined;
  const fraction = parts[3] ?? "";
  const all = (parts[2] as string) + fraction;
  let first = 0;
  while (first < all.length && all.charCodeAt(first) === 48) first++;
  let end = all.length;
  while (end > first && all.charCodeAt(end - 1) === 48) end--;
  if (first === end) return { negative: false, digits: "", exponent: 0 };
  const exponentDigits = parts[5] ?? "0";
  if (exponentDigits.length > MAX_EXPONENT_DIGITS) return undefined;
  const written = Number(exponentDigits) * (parts[4] === "-" ? -1 : 1);
  return {
    negative: parts[1] === "-",
    digits: all.slice(first, end),
    exponent: written - fraction.length + (all.length - end),
  };
}

/**
 * One text for each number: 1, 1.0, 10e-1 and 100e-2 give the same one, 9007199254740992 and 9007199254740993 do not. -0 is
 * 0. A number whose exponent has more than 15 digits equals only its own spelling.
 */
export function normalNumber(source: string): string {
  if (PLAIN_INTEGER.test(source)) return source;
  const decimal = decimalOf(source);
  if (decimal === undefined) return source;
  if (decimal.digits === "") return "0";
  const digits = decimal.negative ? `-${decimal.digits}` : decimal.digits;
  return decimal.exponent === 0 ? digits : `${digits}e${decimal.exponent}`;
}

function scaled(decimal: Decimal, exponent: number): bigint {
  const value = BigInt(
    decimal.digits === "" ? "0" : decimal.digits + "0".repeat(decimal.exponent - exponent),
  );
  return decimal.negative ? -value : value;
}

/** Each as a whole number of one power of ten; undefined: one cannot be calculated with, or they lie too far apart. */
function aligned(sources: readonly string[]): { values: bigint[]; exponent: number } | undefined {
  const decimals = sources.map(decimalOf);
  const nonZero = decimals.filter((decimal) => decimal?.digits !== "");
  if (!nonZero.every((decimal) => decimal !== undefined)) return undefined;
  const exponent = Math.min(...nonZero.map((decimal) => decimal.exponent));
  const highest = Math.max(...nonZero.map((decimal) => decimal.exponent + decimal.digits.length));
  if (highest - exponent > MAX_EXACT_DIGITS) return undefined;
  return { values: decimals.map((decimal) => scaled(decimal as Decimal, exponent)), exponent };
}

/** |a - b|, calculated in decimal. NaN: it cannot be. */
export function differenceOf(a: string, b: string): number {
  const found = aligned([a, b]);
  if (found === undefined) return Number.NaN;
  const [left, right] = found.values as [bigint, bigint];
  return Number(`${left > right ? left - right : right - left}e${found.exponent}`);
}

/** |a - b| ≤ tolerance. It is calculated in decimal, so that 0.30 and 0.29 are exactly 0.01 apart. */
export function withinTolerance(a: string, b: string, tolerance: number): boolean {
  if (normalNumber(a) === normalNumber(b)) return true;
  const found = aligned([a, b, String(tolerance)]);
  if (found !== undefined) {
    const [left, right, bound] = found.values as [bigint, bigint, bigint];
    return (left > right ? left - right : right - left) <= bound;
  }
  return Math.abs(Number(a) - Number(b)) <= tolerance;
}
