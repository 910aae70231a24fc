/** The functions behind the tests of this folder, in logarithms: evidence of a long window is far outside what a number holds. */

const LN_SQRT_TWO_PI = Math.log(2 * Math.PI) / 2;
/** From here on Stirling's series is exact to the last digits. */
const LARGE = 10;

/** B(2k) / (2k (2k - 1)): the terms of Stirling's series (DLMF 5.11.1). */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360_360,
  1 / 156,
  -3617 / 122_400,
  43_867 / 244_188,
];

/** ln Γ(x) less Stirling's formula, of an `x` of at least 10. */
function stirlingRest(x: number): number {
  const square = 1 / (x * x);
  return STIRLING.reduceRight((sum, term) => sum * square + term, 0) / x;
}

/** ln Γ(x), x > 0. */
export function lnGamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  let product = 1;
  let large = x;
  while (large < LARGE) product *= large++;
  return (large - 0.5) * Math.log(large) - large + LN_SQRT_TWO_PI + stirlingRest(large) - Math.log(product);
}

/**
 * ln B(a, b), a, b > 0. Large arguments never meet as differences of large logarithms.
 * A. R. DiDonato, A. H. Morris, Significant Digit Computation of the Incomplete Beta Function Ratios, 1992.
 */
export function lnBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  const sum = small + large;
  if (large < LARGE) return lnGamma(small) + lnGamma(large) - lnGamma(sum);
  const rest = stirlingRest(large) - stirlingRest(sum);
  const shrink = -Math.log1p(small / large);
  if (small < LARGE) return lnGamma(small) + rest + small - small * Math.log(sum) + (large - 0.5) * shrink;
  return (
    LN_SQRT_TWO_PI -
    0.5 * Math.log(large) +
    rest +
    stirlingRest(small) -
    (small - 0.5) * Math.log1p(large / small) +
    large * shrink
  );
}

/** ln(1 + u) - u, which is small beside both where `u` is. */
function log1pLess(u: number): number {
  if (Math.abs(u) > 0.1) return Math.log1p(u) - u;
  let term = -u * u;
  let sum = term / 2;
  for (let i = 3; i < 24; i++) {
    term *= -u;
    sum += term / i;
  }
  return sum;
}

/** ln(x^a (1-x)^b / B(a, b)): of large arguments by the saddle point (C. Loader, 2000), where the logarithms cancel. */
function lnKernel(x: number, a: number, b: number): number {
  const y = 1 - x;
  if (Math.min(a, b) < LARGE) return a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b);
  const sum = a + b;
  const off = x * b - y * a;
  const rest = stirlingRest(a) + stirlingRest(b) - stirlingRest(sum);
  return (
    a * log1pLess(off / a) +
    b * log1pLess(-off / b) +
    0.5 * (Math.log(a) - Math.log1p(a / b)) -
    LN_SQRT_TWO_PI -
    rest
  );
}

const TINY = 1e-300;
const LAST_TERM = 200_000;

/** Of `x` below the mean: I_x(a, b) over x^a (1-x)^b / (a B(a, b)), by Lentz's method (DLMF 8.17.22). */
function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || TINY);
  let value = d;
  for (let m = 1; m < LAST_TERM; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || TINY);
    c = 1 + even / c || TINY;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || TINY);
    c = 1 + odd / c || TINY;
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return value;
}

/** ln(1 - e^u), u <= 0. */
function lnRest(u: number): number {
  return u > -Math.LN2 ? Math.log(-Math.expm1(u)) : Math.log1p(-Math.exp(u));
}

/** ln I_x(a, b) and ln(1 - I_x(a, b)): both tails of the beta distribution, each exact where it is tiny. */
export function lnBetaTails(
  x: number,
  a: number,
  b: number,
): { readonly lower: number; readonly upper: number } {
  if (x <= 0) return { lower: Number.NEGATIVE_INFINITY, upper: 0 };
  if (x >= 1) return { lower: 0, upper: Number.NEGATIVE_INFINITY };
  const kernel = lnKernel(x, a, b);
  if (x * (a + b + 2) < a + 1) {
    const lower = Math.min(0, kernel - Math.log(a) + Math.log(continuedFraction(x, a, b)));
    return { lower, upper: lnRest(lower) };
  }
  const upper = Math.min(0, kernel - Math.log(b) + Math.log(continuedFraction(1 - x, b, a)));
  return { lower: lnRest(upper), upper };
}

/** ln(e^a + e^b). */
export function lnSum(a: number, b: number): number {
  const [most, least] = a > b ? [a, b] : [b, a];
  return Number.isFinite(most) ? most + Math.log1p(Math.exp(least - most)) : most;
}
