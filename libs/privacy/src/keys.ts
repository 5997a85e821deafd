/** A text that is nothing but keys of a telephone, as events have it. */
const NOTHING_BUT_KEYS = /^(?=[^\d*#]*[\d*#])\s*[\d*#A-D](?:[\s,]*[\d*#A-D])*\s*$/;
/** As tools take and give them, in JSON. */
const JSON_KEYS = /("(?:digits?|keys?)"\s*:\s*")[^"\\]{1,200}(?=")/g;
/** Single keys set apart, as they are told to a model: "1 2 3 4"; or in a list. */
const SPACED = /(?<![\p{L}\p{N}])[\d*#](?:[ \u2028][\d*#]){2,}(?![\p{L}\p{N}])/gu;
/** Within a sentence other runs are told from ordinary numbers by the star or hash among them. */
const RUN = /[\d*#]{2,}/g;

export function cutKeys(text: string): string {
  if (NOTHING_BUT_KEYS.test(text)) return '[key]';
  return cutKeysAmong(text.replace(JSON_KEYS, '$1[key]'));
}

/** Of a text that is a part of something: that it is nothing but a digit does not make it a key. */
export function cutKeysAmong(text: string): string {
  return text
    .replace(SPACED, '[key]')
    .replace(RUN, (run) => (/\d/.test(run) && /[*#]/.test(run) ? '[key]' : run));
}
