export { type ComparerOptions, createComparer } from "./comparer.ts";
export { createMismatchBook, type MismatchBook, OTHER_PATH } from "./mismatch-book.ts";
export { createRecent, type Recent } from "./recent.ts";
