import { textLeaf, Wrong } from "../leaf.ts";

const TYPE_LIKE = "write a media type, like application/json, text/* or application/*+json";
const PART = "[a-z0-9][a-z0-9!#$&^_.+-]*";
const TYPE = new RegExp(`^(?:\\*/\\*|${PART}/(?:${PART}|\\*(?:\\+${PART})?)|\\*/\\*\\+${PART})$`);

/** `application/json`, `text/*`, `application/*+json`, `*\/*`; lower-case. */
export function mediaTypePattern() {
  return textLeaf("media type", TYPE_LIKE, (text) => {
    const type = text.toLowerCase();
    return TYPE.test(type) ? type : new Wrong("{value} is not a media type", TYPE_LIKE);
  });
}
