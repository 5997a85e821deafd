import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { Setting } from '#libs/contracts';
import { parseWindows } from './calling-windows.js';

const DAY_MS = 86_400_000;
const PREFIX = /^\+[1-9]\d{0,14}$/;

function AreWindows(): PropertyDecorator {
  return ValidateBy({
    name: 'windows',
    validator: {
      validate: (value) => {
        try {
          parseWindows(value as string[]);
          return true;
        } catch {
          return false;
        }
      },
      defaultMessage: () => 'must each be like "mo-fr 09:00-20:00" or "sa,su 10:00-14:00"',
    },
  });
}

function ArePrices(): PropertyDecorator {
  return ValidateBy({
    name: 'prices',
    validator: {
      validate: (value) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.entries(value).every(
          ([prefix, usd]) => PREFIX.test(prefix) && typeof usd === 'number' && usd >= 0,
        ),
      defaultMessage: () => 'must map prefixes such as "+49" to US dollars per minute',
    },
  });
}

/** Calls that the gateway places. Nobody may be called until `allowedPrefixes` says who. */
export class OutboundConfig {
  @Setting({
    env: 'OUTBOUND_PREFIXES',
    doc: 'Beginnings of numbers that may be called, and that operators may hand callers on to, such as +49,+1212. Empty: nobody may be called. Premium rate, shared cost, satellites, personal numbers and pagers are called only where a prefix names them, such as +49180. +1 alone means the United States and Canada, +7 Russia, +44 the United Kingdom without its islands; name the others, such as +1876.',
  })
  @IsArray()
  @ArrayMaxSize(1000)
  @Matches(PREFIX, { each: true, message: 'allowedPrefixes must be prefixes such as +49' })
  allowedPrefixes: string[] = [];

  @Setting({
    doc: 'Beginnings of numbers that may not be called although they are allowed by a shorter one.',
  })
  @IsArray()
  @ArrayMaxSize(1000)
  @Matches(PREFIX, { each: true, message: 'blockedPrefixes must be prefixes such as +1900' })
  blockedPrefixes: string[] = [];

  @Setting({ doc: 'Country of numbers that are given without one, as ISO 3166, such as DE. Empty: none.' })
  @IsString()
  @Matches(/^([A-Z]{2})?$/, { message: 'defaultCountry must be two capital letters' })
  defaultCountry = '';

  @Setting({ doc: 'Call numbers of a possible length that no numbering plan gives out. For tests.' })
  @IsBoolean()
  acceptUnassigned = false;

  @Setting({ doc: "Number to call from where an order names none. Empty: the platform's own." })
  @IsString()
  @Matches(/^(\+[1-9]\d{6,14})?$/, { message: 'from must be a number like +15550100002' })
  from = '';

  @Setting({
    env: 'OUTBOUND_CALLS_PER_SECOND',
    doc: 'Calls that are dialled in a second at most; 0.5: every two seconds.',
  })
  @IsNumber()
  @Min(0.01)
  @Max(100)
  callsPerSecond = 1;

  @Setting({
    env: 'OUTBOUND_MAX_CALLS',
    doc: 'Outbound calls at the same time, over all processes that share the database.',
  })
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxConcurrent = 10;

  @Setting({ doc: 'So long may it ring where an order does not say, in milliseconds.' })
  @IsInt()
  @Min(5000)
  @Max(600_000)
  ringForMs = 30_000;

  @Setting({
    doc: 'When people may be called, in their own local time: "mo-fr 09:00-20:00". Without any: always.',
  })
  @IsArray()
  @ArrayMaxSize(50)
  @AreWindows()
  windows: string[] = [];

  @Setting({ doc: 'Further attempts when the number is busy.' })
  @IsInt()
  @Min(0)
  @Max(20)
  busyRetries = 2;

  @Setting({ doc: 'Wait before the first of them, in milliseconds; it doubles with each.' })
  @IsInt()
  @Min(1000)
  @Max(DAY_MS)
  busyRetryMs = 300_000;

  @Setting({ doc: 'Further attempts when nobody answers.' })
  @IsInt()
  @Min(0)
  @Max(20)
  noAnswerRetries = 0;

  @Setting({ doc: 'Wait before the first of them, in milliseconds; it doubles with each.' })
  @IsInt()
  @Min(1000)
  @Max(DAY_MS)
  noAnswerRetryMs = 3_600_000;

  @Setting({ doc: 'Further attempts when a call fails on its way, or the platform is busy or away.' })
  @IsInt()
  @Min(0)
  @Max(20)
  failedRetries = 1;

  @Setting({ doc: 'Wait before the first of them, in milliseconds; it doubles with each.' })
  @IsInt()
  @Min(1000)
  @Max(DAY_MS)
  failedRetryMs = 60_000;

  @Setting({
    env: 'OUTBOUND_SPEND_PER_DAY_USD',
    doc: 'US dollars that calls may cost on one day (UTC), by the estimates below. When they are used up nobody else is called; calls that run go on, at most for maxCallMs.',
  })
  @IsNumber()
  @Min(0)
  spendPerDayUsd = 20;

  @Setting({ doc: 'US dollars per minute by prefix, such as { "+49": 0.02 }; the longest that fits counts.' })
  @ArePrices()
  pricePerMinuteUsd: Record<string, number> = {};

  @Setting({ doc: 'US dollars per minute of a number without a price of its own.' })
  @IsNumber()
  @Min(0)
  otherPricePerMinuteUsd = 0.1;

  @Setting({
    doc: 'Minutes for which money is reserved when a call is dialled; further ones count as they begin, and the rest is given back when it is over.',
  })
  @IsNumber()
  @Min(0)
  @Max(1440)
  expectedMinutes = 3;

  @Setting({ doc: 'Attempts at one number on one day (UTC), over all orders.' })
  @IsInt()
  @Min(1)
  @Max(1000)
  maxPerNumberPerDay = 5;

  @Setting({ doc: 'Orders that may wait; further ones are refused.' })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  maxQueued = 1000;

  @Setting({
    doc: 'Longest call, in milliseconds from when it was answered. What runs longer is hung up, also when the callee was handed on.',
  })
  @IsInt()
  @Min(60_000)
  @Max(DAY_MS)
  maxCallMs = 7_200_000;

  @Setting({ doc: 'Orders that are over are deleted after this time, in milliseconds.' })
  @IsInt()
  @Min(DAY_MS)
  keepOrdersMs = 30 * DAY_MS;
}
