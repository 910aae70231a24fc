import { FigError } from "../domain/errors.ts";

/** For what commander cannot say: a wrong combination of flags. Exit code 2. */
export function usage(message: string, remedy: string): FigError {
  return new FigError("usage", message, { remedy });
}
