const SIP = /^sips?:[^\s<>"]{3,250}$/i;
/** With its country code, or as the platform's own lines dial it. */
const NUMBER = /^(?:\+[1-9]\d{4,14}|[\d*#]{2,20})$/;

/**
 * Whom a caller can be handed to, as every platform takes it: a SIP address as it stands, a number without `tel:` and without what
 * people write between its digits. Null: it is neither.
 */
export function transferTarget(to: string): string | null {
  const text = to.trim();
  if (SIP.test(text)) return text;
  const number = text.replace(/^tel:/i, '').replace(/[\s().-]/g, '');
  return NUMBER.test(number) ? number : null;
}
