/** Seals what is stored of whole answers. `about`: of which one, and which part. */
export interface WholeSeal {
  /** Undefined: there are keys, and they cannot be read. */
  seal(text: string, about: readonly string[]): string | undefined;
  /** Undefined: none of the present keys opens it. */
  open(stored: string, about: readonly string[]): string | undefined;
}

/** The parts that are sealed, each for itself: a list opens titles alone. */
export const TITLE = "title";
export const CONTENT = "content";
