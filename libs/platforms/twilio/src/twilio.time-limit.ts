/** So much later than the gateway Twilio ends a call: the gateway tells the reason, Twilio acts where the gateway cannot any more. */
const MARGIN_S = 30;
/** Twilio ends every call after four hours, and not every account may ask for more. */
const LONGEST_S = 14_400;

/** The attribute of a `<Dial>` and the parameter of an order that end a call. Empty: Twilio's own limit comes first. */
export function timeLimit(leftMs: number): { readonly timeLimit?: number } {
  const seconds = Math.ceil(leftMs / 1000) + MARGIN_S;
  return seconds >= LONGEST_S ? {} : { timeLimit: seconds };
}
