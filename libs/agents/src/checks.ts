import { existsSync, statSync } from 'node:fs';
import { isURL, ValidateBy, type ValidationOptions } from 'class-validator';
import { Webhook } from 'standardwebhooks';
import { transferTarget } from '#libs/contracts';
import { strayBraces, VARIABLE_NAME } from './template.js';

function check(
  name: string,
  message: string,
  validate: (value: unknown) => boolean,
  options: ValidationOptions = {},
): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: () => message } }, options);
}

export function IsTimeZone(): PropertyDecorator {
  return check('timeZone', 'must be an IANA time zone such as Europe/Berlin', (value) => {
    if (typeof value !== 'string') return false;
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return true;
    } catch {
      return false;
    }
  });
}

/** Text whose `{{…}}` are all variables. */
export function IsTemplate(mostLetters: number): PropertyDecorator {
  return check(
    'template',
    `must be text of at most ${mostLetters} letters whose {{…}} are all {{names}}`,
    (value) => typeof value === 'string' && value.length <= mostLetters && !strayBraces(value),
  );
}

/** Text that is said as it stands. */
export function IsPlainWords(mostLetters: number): PropertyDecorator {
  return check(
    'plainWords',
    `must be text of 1 to ${mostLetters} letters; {{variables}} have no effect here`,
    (value) =>
      typeof value === 'string' &&
      value.trim() !== '' &&
      value.length <= mostLetters &&
      !value.includes('{{'),
  );
}

const MOST_VARIABLES = 100;
const LONGEST_DEFAULT = 4000;

export function AreVariables(): PropertyDecorator {
  return check(
    'variables',
    `must map at most ${MOST_VARIABLES} names of variables to text, numbers or true/false`,
    (value) =>
      isRecord(value) &&
      Object.keys(value).length <= MOST_VARIABLES &&
      Object.entries(value).every(
        ([name, one]) =>
          VARIABLE_NAME.test(name) &&
          (typeof one === 'number' ||
            typeof one === 'boolean' ||
            (typeof one === 'string' && one.length <= LONGEST_DEFAULT)),
      ),
  );
}

export function AreTexts(): PropertyDecorator {
  return check(
    'texts',
    'must map names to text',
    (value) => isRecord(value) && Object.values(value).every((one) => typeof one === 'string'),
  );
}

export function AreToolReferences(): PropertyDecorator {
  return check(
    'toolReferences',
    'must each be the name of a tool or the definition of one',
    (value) => (typeof value === 'string' && value !== '') || isRecord(value),
    { each: true },
  );
}

export function IsWebAddress(): PropertyDecorator {
  return check(
    'webAddress',
    'must be an address such as https://crm.example.com/caller, without a password in it',
    (value) =>
      typeof value === 'string' &&
      isURL(value, {
        protocols: ['https', 'http'],
        require_protocol: true,
        require_tld: false,
        disallow_auth: true,
      }),
  );
}

/** A secret as Standard Webhooks has it: base64, usually behind `whsec_`. */
export function IsWebhookSecret(): PropertyDecorator {
  return check(
    'webhookSecret',
    'must be a secret such as whsec_ and at least 24 bytes of base64',
    (value) => {
      if (typeof value !== 'string' || !/^(whsec_)?[A-Za-z0-9+/]+={0,2}$/.test(value)) return false;
      try {
        new Webhook(value);
      } catch {
        return false;
      }
      return Buffer.from(value.replace(/^whsec_/, ''), 'base64').length >= 24;
    },
  );
}

/** Whom a caller can be handed to: a number as people write it, or an address. */
export function IsTransferTarget(options: ValidationOptions = {}): PropertyDecorator {
  return check(
    'transferTarget',
    'must be a number such as +49301234567 or an address such as sip:desk@example.com',
    (value) => typeof value === 'string' && transferTarget(value) !== null,
    options,
  );
}

export function IsWavFile(): PropertyDecorator {
  return check(
    'wavFile',
    'must be a WAV file that is there',
    (value) =>
      typeof value === 'string' && /\.wav$/i.test(value) && existsSync(value) && statSync(value).isFile(),
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
