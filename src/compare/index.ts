export { createComparer } from "./comparer.ts";
export { differenceOf, withinTolerance } from "./json-number.ts";
export { createMismatchBook, type MismatchBook } from "./mismatch-book.ts";
export { createNoiseBook, type NoiseBook } from "./noise-book.ts";
export { createRecent } from "./recent.ts";
