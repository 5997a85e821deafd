/** Names of variables. A dot stands for a step into a look-up's answer: `customer.name`. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

const PLACE = /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]{0,63})\s*\}\}/g;

/** Does the text hold a `{{` that begins no variable? Closing braces alone are allowed: examples of JSON have them. */
export function strayBraces(template: string): boolean {
  return template.replace(PLACE, '').includes('{{');
}

/** Fills a text in one pass, so that what a value holds is never read as a place. What has no value is left empty and told. */
export function fill(
  template: string,
  values: ReadonlyMap<string, string>,
  onMissing: (name: string) => void,
): string {
  return template.replace(PLACE, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) onMissing(name);
    return value ?? '';
  });
}
