// A reply ▶ JSON text. Exact numbers (JSON.rawJSON) come out digit for digit; NaN and infinity, which JSON does not
// have, come out as null rather than as text that no strict reader takes.

export function formatJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // Exact integers of Python are rare, and a replacer would be called for every member of every reply.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? JSON.rawJSON(String(member)) : member,
    );
  }
}
