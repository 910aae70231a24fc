import { FigError } from "../domain/errors.ts";

/** What every call on a closed store fails with. */
export function closedError(): FigError {
  return new FigError("store_unavailable", "the state store was closed");
}
