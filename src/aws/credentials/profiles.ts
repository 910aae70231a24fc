export type Profile = Readonly<Record<string, string>>;

/** Sections of an INI file as AWS's tools write it, by their headings. */
export function sectionsOf(text: string): ReadonlyMap<string, Profile> {
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    if (line.startsWith("[")) {
      const close = line.indexOf("]");
      const heading = line
        .slice(1, close < 0 ? undefined : close)
        .trim()
        .replace(/^(profile|sso-session)\s+/, "$1 ");
      current = sections.get(heading) ?? {};
      sections.set(heading, current);
      continue;
    }
    const equals = line.indexOf("=");
    // Indented lines are keys of nested settings, of which none is read here.
    if (equals < 0 || current === undefined || /^\s/.test(raw)) continue;
    current[line.slice(0, equals).trim().toLowerCase()] = line.slice(equals + 1).trim();
  }
  return sections;
}

const PROFILE = "profile ";

/** Those that are profiles, by name. In the config file only `default` stands without the word. */
export function profilesOf(text: string, isConfig: boolean): ReadonlyMap<string, Profile> {
  const profiles = new Map<string, Profile>();
  for (const [heading, section] of sectionsOf(text)) {
    const name = isConfig && heading.startsWith(PROFILE) ? heading.slice(PROFILE.length) : heading;
    if (!isConfig || name !== heading || name === "default")
      profiles.set(name, { ...profiles.get(name), ...section });
  }
  return profiles;
}
