/**
 * What the E-model of ITU-T G.107 is told of a line. Null and 0 stand for what is not known or not there; both count as
 * no impairment.
 */
export interface LineImpairments {
  /** Share of the sound that never came or came too late, 0 ... 100. */
  readonly lossPercent: number;
  /** Interarrival jitter as RFC 3550 section 6.4.1 defines it. */
  readonly jitterMs: number;
  readonly codec: CodecImpairment;
  /** Active speech level. */
  readonly levelDbov: number | null;
  /** Active speech level over the noise floor. */
  readonly snrDb: number | null;
  readonly thdPercent: number | null;
  readonly echo: { readonly delayMs: number; readonly levelDb: number } | null;
}

/** ITU-T G.113, appendix I. */
export interface CodecImpairment {
  /** Equipment impairment factor, Ie. */
  readonly ie: number;
  /** Packet-loss robustness factor, Bpl. */
  readonly bpl: number;
}

/** R of a connection at which everything is at its default. */
const BEST_R = 93.2;

/** Defaults of ITU-T G.107, table 2: loudness ratings in dB, room noise in dB(A), circuit noise in dBm0p. */
const SLR = 8;
const RLR = 2;
const LSTR = 18;
const ROOM_NOISE_DBA = 35;
const CIRCUIT_NOISE_DBM0P = -70;
const LISTENER_FLOOR_DBMP = -64 + RLR;
/** Quantising distortion of one pair of G.711 codecs. */
const Q_OF_ONE_PAIR_DB = 37;

/** Speech at this level has the nominal loudness that SLR stands for. */
const NOMINAL_SPEECH_DBOV = -26;
/** A sine at the overload point of μ-law is at +3.17 dBm0 and at -3.01 dBov. */
const DBM0_AT_0_DBOV = 6.18;
/** A playout buffer that loses next to nothing holds about four times the jitter (Ramjee et al., INFOCOM 1994). */
const BUFFERED_JITTERS = 4;

/** MOS of R = 93.2, the best that a telephone connection can have. */
export const BEST_MOS = mosOf(BEST_R);

/** From the transmission rating to a mean opinion score, 1 ... 4.5 (ITU-T G.107, annex B). */
export function mosOf(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  // The cubic dips below 1 for R under 6.5.
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

/**
 * The transmission rating R = Ro - Is - Id - Ie,eff on the narrow-band scale, at most 93.2. Only what the gateway can know
 * is moved from its default; the listener's telephone and the rooms stay as table 2 has them, so that sidetone (Ist) is 0.
 */
export function transmissionRating(line: LineImpairments): number {
  const slr = SLR + NOMINAL_SPEECH_DBOV - (line.levelDbov ?? NOMINAL_SPEECH_DBOV);
  const noise = noiseDbm0p(line);
  const ro = 15 - 1.5 * (slr + noise);
  const sound = ro - tooLoud(slr, noise) - quantising(ro, line.thdPercent ?? 0);
  // Loud speech raises Ro, which must not make good for what the network does.
  return Math.min(BEST_R, sound) - delay(line.jitterMs) - talkerEcho(line.echo) - equipment(line);
}

function powerOf(levelDb: number): number {
  return 10 ** (levelDb / 10);
}

/** Powers of what stays as it is: both rooms and the listener's noise floor. */
const TALKERS_ROOM = powerOf(
  ROOM_NOISE_DBA - SLR - 3 - 100 + 0.004 * (ROOM_NOISE_DBA - SLR - RLR - 3 - 14) ** 2,
);
const THROUGH_SIDETONE_DBA = ROOM_NOISE_DBA + 10 * Math.log10(1 + powerOf(10 - LSTR));
const LISTENERS_ROOM = powerOf(RLR - 121 + THROUGH_SIDETONE_DBA + 0.008 * (THROUGH_SIDETONE_DBA - 35) ** 2);
const LISTENER_FLOOR = powerOf(LISTENER_FLOOR_DBMP);
const QUANTISING_OF_ONE_PAIR = powerOf(-Q_OF_ONE_PAIR_DB);

/** No: circuit noise, both rooms and the listener's noise floor together (equations 7-4 to 7-7). */
function noiseDbm0p({ snrDb, levelDbov }: Pick<LineImpairments, 'snrDb' | 'levelDbov'>): number {
  const speechDbm0 = (levelDbov ?? NOMINAL_SPEECH_DBOV) + DBM0_AT_0_DBOV;
  const circuit = Math.max(CIRCUIT_NOISE_DBM0P, snrDb === null ? CIRCUIT_NOISE_DBM0P : speechDbm0 - snrDb);
  return 10 * Math.log10(powerOf(circuit) + TALKERS_ROOM + LISTENERS_ROOM + LISTENER_FLOOR);
}

/** Iolr (equations 7-10 and 7-11). */
function tooLoud(slr: number, noise: number): number {
  const x = (slr + RLR + 0.2 * (64 + noise - RLR)) / 8;
  return 20 * ((1 + x ** 8) ** (1 / 8) - x);
}

/** Iq (equations 7-14 to 7-18), with the harmonics' power added to that of the quantising noise. */
function quantising(ro: number, thdPercent: number): number {
  const q = -10 * Math.log10(QUANTISING_OF_ONE_PAIR + (thdPercent / 100) ** 2);
  const g = 1.07 + 0.258 * q + 0.0602 * q * q;
  const y = (ro - 100) / 15 + 46 / 8.4 - g / 9;
  const z = 46 / 30 - g / 40;
  return 15 * Math.log10(1 + 10 ** y + 10 ** z);
}

/** Idd (equations 7-28 and 7-29) of the one delay that is known: the buffer that the jitter asks for. */
function delay(jitterMs: number): number {
  const ms = BUFFERED_JITTERS * jitterMs;
  if (ms <= 100) return 0;
  const x = Math.log2(ms / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Idte (equations 7-21 to 7-25): the voice that was sent comes back so much later and at such a level. */
function talkerEcho(echo: LineImpairments['echo']): number {
  if (echo === null) return 0;
  const oneWayMs = Math.max(0, echo.delayMs) / 2;
  const telr = SLR + RLR - echo.levelDb;
  const terv =
    telr - 40 * Math.log10((1 + oneWayMs / 10) / (1 + oneWayMs / 150)) + 6 * Math.exp(-0.3 * oneWayMs ** 2);
  const roe = -1.5 * (noiseDbm0p({ snrDb: null, levelDbov: null }) - RLR);
  const half = (roe - (80 + 2.5 * (terv - 14))) / 2;
  return Math.max(0, (half + Math.sqrt(half * half + 100) - 1) * (1 - Math.exp(-oneWayMs)));
}

/** Ie,eff (equation 7-29 of G.107, 2015) with losses at random, BurstR = 1. */
function equipment({ lossPercent, codec }: LineImpairments): number {
  return codec.ie + (95 - codec.ie) * (lossPercent / (lossPercent + codec.bpl));
}
