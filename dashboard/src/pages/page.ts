import type { Place } from "../state/place.ts";

/** What every page is given. */
export interface PageProps {
  readonly place: Place;
}
