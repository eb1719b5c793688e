// Patterns for names of tasks, queues and workers, and for people: `*` stands for any run of characters, also none, `?` for
// one; everything else for itself. Always the whole name, never a part of it, and never a regular expression: matching takes
// at most length × length steps whatever the pattern. Pure.

/** Whether `name` matches `pattern` from its first to its last character. Case counts. */
export function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let inName = 0;
  // Where the newest `*` stands, and how far into the name it has been stretched: a later one makes earlier ones final.
  let star = -1;
  let stretched = 0;
  while (inName < name.length) {
    if (pattern[at] === '*') {
      star = at++;
      stretched = inName;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[inName])) {
      at++;
      inName++;
    } else if (star >= 0) {
      at = star + 1;
      inName = ++stretched;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Whether any of the patterns matches. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, name));
}
