/**
 * G.711 for a browser: codes to samples of full scale 1, by table. The gateway's own sound library is not taken along, since
 * its compiled filter is not let in by the page's content security policy.
 */

function mulaw(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

function alaw(code: number): number {
  const inverted = code ^ 0x55;
  const exponent = (inverted & 0x70) >> 4;
  const mantissa = inverted & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return inverted & 0x80 ? magnitude : -magnitude;
}

export const MULAW = Float32Array.from({ length: 256 }, (_, code) => mulaw(code) / 32768);
export const ALAW = Float32Array.from({ length: 256 }, (_, code) => alaw(code) / 32768);
