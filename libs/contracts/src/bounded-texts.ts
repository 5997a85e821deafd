/** An event's data with its longest texts cut short, for what keeps events; the same object where none is. */
export function withBoundedTexts(data: object, longestText: number): object {
  let copy: Record<string, unknown> | null = null;
  for (const [key, value] of Object.entries(data)) {
    if (typeof value !== 'string' || value.length <= longestText) continue;
    copy ??= { ...data };
    copy[key] = `${value.slice(0, longestText)}…`;
  }
  return copy ?? data;
}
