export { type ComparerOptions, createComparer } from "./comparer.ts";
export { isCredentialHeader, isCredentialName } from "./credential.ts";
export { createMismatchBook, type MismatchBook, OTHER_PATH } from "./mismatch-book.ts";
export { createRecent, type Recent } from "./recent.ts";
export { scrubbed } from "./scrub.ts";
