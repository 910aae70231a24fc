// Ways to write a guarded path or host that somebody may read as it: what is sent, request by request, from a seed.
const { Random } = await import(new URL("../../test/conformance/differential/random.ts", import.meta.url));

const TARGETS = ["/admin/secret", "/admin/secret", "/admin/secret", "/admin", "/admin/", "/"];
/** Before a slash, after it, or anywhere between segments. */
const BETWEEN = [
  ...[
    "/",
    "//",
    "///",
    "/./",
    "/.//",
    "/x/../",
    "/x/..;/",
    "/;/",
    "/;x=1/",
    "/.;/",
    "/..;/",
    "/../",
    "/%2e/",
  ],
  ...[
    "/%2e%2e/",
    "/x/%2e%2e/",
    "/x/.%2e/",
    "/.%2E/",
    "\\",
    "\\\\",
    "/\\",
    "%5c",
    "%5C",
    "%2f",
    "%2F",
    "%252f",
  ],
  ...["%25%32%66", "/%2f", "%c0%af", "%e0%80%af", "%f0%80%80%af", "\xc0\xaf", "%u2215", "%u002f", "%uff0f"],
  ...[
    "/%00/",
    "/\t/",
    "/%09/",
    "/%20/",
    "/+/",
    "/x\\..\\",
    "/x%5c..%5c",
    "/x%2f..%2f",
    "/%252e%252e/",
    "/..%2f",
  ],
  ...[
    "/%3b/",
    "/%3bx/",
    "/%2e%2e%2f",
    "%ef%bc%8f",
    "%e2%88%95",
    "/.%00/",
    "/..%00/",
    "/%c0%ae/",
    "/%c0%ae%c0%ae/",
  ],
  ...["/x/..%5c", "/...//", "/.../", "/%%32%66", "/%2", "%", "/:/", "/~/", "/*/", "/,/", "/&/", "/@/"],
];
const AFTER = [
  ...[
    "",
    "",
    "",
    "/",
    ";",
    ";x",
    ";x=y",
    ";jsessionid=1",
    "%3b",
    "%3bx",
    "#",
    "#x",
    "%23",
    "?",
    "?x",
    "%3f",
    "??",
    "?/..",
  ],
  ...[
    ".",
    "..",
    "/.",
    "/..",
    "/x/..",
    "/%2e",
    "/;",
    "/x/..;",
    "%00",
    "%00x",
    "%20",
    "%09",
    "%0a",
    "%0d%0a",
    "+",
    "\t",
  ],
  ...[
    "%",
    "%2",
    "%zz",
    "\\",
    "%5c",
    "//",
    "/./",
    ",",
    ":",
    "~",
    "*",
    "&x",
    "=",
    "|",
    "^",
    '"',
    "<",
    "{",
    "\x7f",
    "\x80",
  ],
  ...[
    "\xff",
    ".html",
    ".json",
    ";.html",
    "%2ehtml",
    "/index.html",
    "?;/x",
    "?/../../x",
    "::$DATA",
    "%u0000",
    "\xa0",
  ],
];
const BEFORE = [
  ...[
    "",
    "",
    "",
    "",
    "",
    "/",
    "//",
    "///",
    "/.",
    "/./",
    "/..",
    "/x/..",
    "/x/../",
    "/%2e",
    "/%2e%2e",
    "/x/%2e%2e",
  ],
  ...[
    "/;",
    "/;x=1",
    "/;/",
    "/x/..;",
    "/x;/..",
    "/x/;/..",
    "/x//..",
    "/x//../..",
    "\\",
    "/\\",
    "/%5c",
    "/%2f",
    "/%2f%2f",
  ],
  ...[
    "//a.test",
    "//a.test/",
    "//x",
    "//x@y",
    "///x",
    "/\\x",
    "//secret.example",
    "//%00",
    "/%00",
    "/%09",
    "/%20",
    "/\t",
  ],
  ...[
    "/x%2f..",
    "/x%5c..",
    "/x%252f..",
    "/..%00",
    "/.%00",
    "/~",
    "/*",
    "/#",
    "/?",
    "/%23",
    "/%3f/..",
    "/%c0%ae%c0%ae",
  ],
  ...[
    "http://a.test",
    "http://a.test/",
    "http://A.TEST:80",
    "HTTP://a.test",
    "http://a.test/x/..",
    "http:/",
    "http:",
  ],
  ...[
    "https://a.test",
    "http://secret.example",
    "http://a.test//",
    "http:///",
    "http://x@a.test",
    "http://a.test/.",
    "*",
  ],
];
const HOSTS = [
  ...[
    "secret.example",
    "secret.example.",
    "secret.example..",
    "SECRET.EXAMPLE",
    "Secret.Example.",
    "secret.example:80",
  ],
  ...[
    "secret.example.:80",
    "secret.example:",
    "secret.example.:",
    "secret.example:080",
    "secret.example:0",
    "secret%2eexample",
  ],
  ...[
    "%73ecret.example",
    "secret.example%00",
    "secret.example%2e",
    "x@secret.example",
    "secret.example@a.test",
    "[secret.example]",
  ],
  ...[
    "secret.example/",
    "secret.example\\",
    "secret.example#",
    "secret.example?",
    "secret.example;",
    "secret.example,a.test",
  ],
  ...[
    "a.test,secret.example",
    "secret.example a.test",
    "a.test secret.example",
    "\tsecret.example",
    "secret.example\t",
  ],
  ...[
    "secret_example",
    "secret.example\x00",
    "secret.example\xa0",
    "secret\xad.example",
    "secret\xe3\x80\x82example",
  ],
  ...[
    "xn--secret.example",
    "secret..example",
    ".secret.example",
    "www.secret.example",
    "secret.example:99999",
    "secret.example:80:80",
  ],
  ...[
    "secret.example.%20",
    "http://secret.example",
    "//secret.example",
    "secret.example\x0b",
    '"secret.example"',
    "secret.example:a",
  ],
];

const hex = (code) => code.toString(16).padStart(2, "0");

/** One letter of a text written in another way. */
function respelt(random, text) {
  const at = random.below(text.length);
  const char = text[at];
  const code = char.charCodeAt(0);
  if (char === "%" || code > 127) return text;
  const forms = [
    ...[
      `%${hex(code)}`,
      `%${hex(code).toUpperCase()}`,
      `%25${hex(code)}`,
      `%2525${hex(code)}`,
      `%u00${hex(code)}`,
    ],
    ...[
      `%U00${hex(code)}`,
      `%uff${hex((code - 0x20) & 255)}`,
      `%c${code >> 6}%${hex(0x80 | (code & 63))}`,
      `%%${hex(code)}`,
    ],
    ...[
      `%e0%8${code >> 6}%${hex(0x80 | (code & 63))}`,
      char.toUpperCase(),
      char.toLowerCase(),
      `${char}\0`,
      `${char}\t`,
    ],
    ...[
      String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63)),
      `%25%${hex(code >> 4)}`,
      `%${hex(code)}%00`,
      `${char}%0a`,
    ],
    ...[
      `%25${hex(0x30 + (code >> 4))}${hex(code & 15)}`,
      `&#${code};`,
      `\\x${hex(code)}`,
      `%${hex(code)[0]}`,
      `${char}${char}`,
    ],
  ];
  return text.slice(0, at) + random.pick(forms) + text.slice(at + 1);
}

/** Request `nth` of a seed: its target and its Host. No byte that ends a line or parts the request line is in them. */
export function pathRequest(seed, nth) {
  const random = new Random(seed * 1_000_003 + nth);
  let target = random.pick(TARGETS);
  let host = "a.test";
  if (target === "/" || random.chance(0.12)) {
    host = random.chance(0.85) ? random.pick(HOSTS) : respelt(random, random.pick(HOSTS));
    if (random.chance(0.4)) return { target, host };
  }
  const rounds = 1 + random.below(3);
  for (let round = 0; round < rounds; round++) {
    switch (random.below(5)) {
      case 0:
        target = respelt(random, target);
        break;
      case 1:
        target = target.replaceAll("/", (slash) => (random.chance(0.6) ? random.pick(BETWEEN) : slash));
        break;
      case 2:
        target += random.pick(AFTER);
        break;
      case 3:
        target = random.pick(BEFORE) + target;
        break;
      default:
        target = target.replace(/(admin|secret)/, (word) => word + random.pick(AFTER));
    }
  }
  return {
    target: target.replaceAll(" ", "%20").replace(/[\r\n]/g, "%0a"),
    host: host.replace(/[\r\n]/g, ""),
  };
}
