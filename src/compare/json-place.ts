import { isCredentialName } from "../domain/credentials.ts";
import {
  ANY_MARKUP_STEP,
  ANY_MEMBER_STEP,
  ELEMENT_STEP,
  isCutPath,
  MAX_PATH_CHARS,
  markupStep,
  memberStep,
} from "../domain/json-path.ts";
import { isPrintable, printableJson } from "../domain/printable.ts";
import { scrubbed } from "../domain/scrub.ts";
import { CONTENT, type PathRules } from "./path-rules.ts";

/** A place in a body. */
export interface Place {
  /** JSONPath, indexes as `[*]`, names of a map as `.*`. */
  readonly path: string;
  readonly rules: PathRules | undefined;
  /**
   * Values here and below are never shown. The path below stays that of the redacted value, since names may be as secret
   * as values.
   */
  readonly redacted: boolean;
  /** Its elements are credentials by their neighbours. */
  readonly elementsRedacted?: boolean;
  /** Of XML or HTML: the path is as XPath writes it, without indexes. `redacts`: texts that may hold JSON are not shown. */
  readonly markup?: { readonly redacts: boolean };
}

export function rootPlace(rules: PathRules | undefined): Place {
  return { path: "$", rules, redacted: rules?.redact === true };
}

const MARKUP_ROOT = "/";

export function markupRootPlace(rules: PathRules | undefined, redacts: boolean): Place {
  return { path: MARKUP_ROOT, rules, redacted: rules?.redact === true, markup: { redacts } };
}

function stepText(name: string): string {
  // A control character in a name must not reach a terminal.
  return isPrintable(name) ? memberStep(name) : `[${printableJson(JSON.stringify(name))}]`;
}

function markupStepText(name: string, folded: boolean): string {
  return folded || !isPrintable(name) ? ANY_MARKUP_STEP : markupStep(name);
}

function extended(path: string, step: string): string {
  if (isCutPath(path)) return path;
  if (path.length + step.length <= MAX_PATH_CHARS) return path + step;
  return `${(path + step).slice(0, MAX_PATH_CHARS)}…`;
}

/** What is shown of a name is less than that, and what makes a name a credential stands at its beginning. */
const SCRUB_CHARS = 1024;

/** Names come again in every answer. So many are remembered; they are forgotten together. */
const MAX_KNOWN_NAMES = 2048;
const MAX_KNOWN_CHARS = 64;

/** Whether a name holds a credential, and whether it is the name of one. */
interface NameKind {
  readonly holds: boolean;
  readonly names: boolean;
}

const known = new Map<string, NameKind>();

function kindOf(name: string): NameKind {
  const before = known.get(name);
  if (before !== undefined) return before;
  const shown = name.slice(0, SCRUB_CHARS);
  const kind = { holds: scrubbed(shown) !== shown, names: isCredentialName(name) };
  if (name.length <= MAX_KNOWN_CHARS && !kind.holds) {
    if (known.size >= MAX_KNOWN_NAMES) known.clear();
    known.set(name, kind);
  }
  return kind;
}

/**
 * `inMap`: the name is data, and all members of its object are told as one; so is a member whose name is itself a credential.
 * `named`: other members say that it is a credential.
 */
export function memberPlace(place: Place, name: string, inMap: boolean, named = false): Place {
  const rules = place.rules?.member(name);
  if (place.redacted || (place.markup && name === CONTENT)) return { ...place, rules };
  const { holds, names } = kindOf(name);
  const step = place.markup ? markupStepText(name, inMap || holds) : undefined;
  return {
    path:
      step === undefined
        ? extended(place.path, inMap || holds ? ANY_MEMBER_STEP : stepText(name))
        : extended(place.path === MARKUP_ROOT ? "" : place.path, step),
    rules,
    ...(place.markup ? { markup: place.markup } : {}),
    redacted: named || rules?.redact === true || names,
  };
}

export function elementPlace(place: Place): Place {
  const rules = place.rules?.element;
  if (place.redacted || place.markup) return { ...place, rules };
  return {
    path: extended(place.path, ELEMENT_STEP),
    rules,
    redacted: place.elementsRedacted || rules?.redact === true,
  };
}
