/** One range of bytes, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const FORM = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * What of `size` bytes a `Range` header asks for, by RFC 9110 section 14. Null: all of it, since nothing is asked for, or something
 * that a server may ignore (several ranges, another unit, nonsense). `unsatisfiable`: it lies outside.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | null | 'unsatisfiable' {
  const found = header === undefined ? null : FORM.exec(header.replace(/\s/g, ''));
  if (found === null) return null;
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end };
}
