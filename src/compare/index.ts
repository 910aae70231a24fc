export { createComparer } from "./comparer.ts";
export { createMismatchBook, type MismatchBook } from "./mismatch-book.ts";
export { createRecent } from "./recent.ts";
