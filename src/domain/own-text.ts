/**
 * A text that is to be kept, by itself: what was cut from a larger one (a target from a head of 8 KiB) keeps all of that in memory as
 * long as it lives.
 */
export function ownText<Text extends string | undefined>(text: Text): Text {
  return text === undefined ? text : JSON.parse(JSON.stringify(text));
}
