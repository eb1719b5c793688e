// A reply ▶ JSON text. Exact numbers (JSON.rawJSON) come out digit for digit; NaN and infinity, which JSON does not
// have, come out as null rather than as text that no strict reader takes.

export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? JSON.rawJSON(String(member)) : member,
  );
}
