/** A line of the set-up report, cut where there is something to copy. */
export interface LinePart {
  readonly text: string;
  readonly isUrl: boolean;
}

const URL_IN_LINE = /(?:https?|wss?):\/\/[^\s"'<>,;)]*[^\s"'<>,;).]/g;

export function partsOf(line: string): readonly LinePart[] {
  const parts: LinePart[] = [];
  let end = 0;
  for (const found of line.matchAll(URL_IN_LINE)) {
    if (found.index > end) parts.push({ text: line.slice(end, found.index), isUrl: false });
    parts.push({ text: found[0], isUrl: true });
    end = found.index + found[0].length;
  }
  if (end < line.length) parts.push({ text: line.slice(end), isUrl: false });
  return parts;
}

/** It names something that is still open to set. */
export function isOpenPoint(line: string): boolean {
  return /^Missing:|\bmissing\.$|\b(?:is not set|is not https|set [A-Z][A-Z_]+)\b/.test(line);
}
