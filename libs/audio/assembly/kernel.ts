// The resampler's arithmetic. No state and no allocation: the host places history, samples and coefficients in memory and
// says where. Samples and coefficients are 16 bits; lengths count samples, addresses count bytes. JsKernel does the same
// sums without vectors; the tests hold the two equal bit by bit.

// @ts-ignore: decorator
@inline
function interleaveLow(v: v128, w: v128): v128 {
  return i8x16.shuffle(v, w, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

// @ts-ignore: decorator
@inline
function interleaveHigh(v: v128, w: v128): v128 {
  return i8x16.shuffle(v, w, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

// @ts-ignore: decorator
@inline
function highHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** Half of an output sample's last place, and the coefficients' fraction bits. */
const HALF: i32 = 1 << 13;
const FRACTION_BITS: i32 = 14;

// @ts-ignore: decorator
@inline
function toSamples(v: v128, w: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(v, FRACTION_BITS), i32x4.shr_s(w, FRACTION_BITS));
}

/**
 * Three samples out for each one in. A vector holds the same phase of four neighbouring positions, so no sum runs across
 * lanes; eight positions a turn. Products are taken in pairs of neighbouring samples.
 *
 * `coefficients`: for each pair of taps, oldest first, for each phase, the pair four times over. A lane holds a whole sum and
 * does not leave 32 bits, since the coefficients of one phase add up to less than 2 ** 16 in magnitude.
 *
 * Reads and writes as if `positions` were a multiple of eight.
 */
export function interpolateBy3(input: usize, positions: i32, taps: i32, coefficients: usize, output: usize): void {
  const end = coefficients + <usize>taps * 24;
  for (let i = 0; i < positions; i += 8) {
    let a0 = i32x4.splat(HALF);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let x = input;
    for (let at = coefficients; at < end; at += 48) {
      const older = v128.load(x);
      const newer = v128.load(x, 2);
      const low = interleaveLow(older, newer);
      const high = interleaveHigh(older, newer);
      const a = v128.load(at);
      const b = v128.load(at, 16);
      const c = v128.load(at, 32);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low, a));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(high, a));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low, b));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(high, b));
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low, c));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(high, c));
      x += 4;
    }
    const a = toSamples(a0, a1);
    const b = toSamples(b0, b1);
    const c = toSamples(c0, c1);
    // From a0...a7, b0...b7, c0...c7 to a0 b0 c0 a1 b1 c1 ...
    const low = interleaveLow(a, b);
    const high = interleaveHigh(a, b);
    const middle = i8x16.shuffle(low, high, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
    v128.store(output, i8x16.shuffle(low, c, 0, 1, 2, 3, 16, 17, 4, 5, 6, 7, 18, 19, 8, 9, 10, 11));
    v128.store(output, i8x16.shuffle(middle, c, 20, 21, 0, 1, 2, 3, 22, 23, 4, 5, 6, 7, 24, 25, 8, 9), 16);
    v128.store(output, i8x16.shuffle(high, c, 6, 7, 26, 27, 8, 9, 10, 11, 28, 29, 12, 13, 14, 15, 30, 31), 32);
    input += 16;
    output += 48;
  }
}

/** Two outputs from the lanes of their sums. A total may need more than 32 bits, so it is formed in doubles, exactly. */
// @ts-ignore: decorator
@inline
function roundPair(sum0: v128, sum1: v128, scale: v128): v128 {
  const low = i8x16.shuffle(sum0, sum1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high = i8x16.shuffle(sum0, sum1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const total = f64x2.add(
    f64x2.add(f64x2.convert_low_i32x4_s(low), f64x2.convert_low_i32x4_s(highHalf(low))),
    f64x2.add(f64x2.convert_low_i32x4_s(high), f64x2.convert_low_i32x4_s(highHalf(high))),
  );
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(f64x2.add(f64x2.mul(total, scale), f64x2.splat(0.5))));
}

/**
 * Any ratio `up` / `down`. Outputs that are `up` apart use the same phase, `down` samples of input apart; they are made four
 * at a time, phase by phase. `first` is where the first output stands at the common rate, `taps` a multiple of eight.
 *
 * `coefficients`: `up` phases of `taps`, oldest first. A lane holds a quarter of a sum, which stays within 32 bits.
 *
 * Reads and writes as if the outputs of a phase were a multiple of four.
 */
export function convert(
  input: usize,
  first: i32,
  outputs: i32,
  up: i32,
  down: i32,
  taps: i32,
  coefficients: usize,
  scale: f64,
  output: usize,
): void {
  const step = <usize>down << 1;
  const stride = <usize>up << 1;
  const scales = f64x2.splat(scale);
  for (let r = 0; r < up; r++) {
    const at = first + r * down;
    const phase = coefficients + ((<usize>(at % up) * <usize>taps) << 1);
    const end = phase + (<usize>taps << 1);
    let oldest = input + (<usize>(at / up) << 1);
    let out = output + (<usize>r << 1);
    for (let k = r; k < outputs; k += 4 * up) {
      let s0 = i32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let x = oldest;
      for (let c = phase; c < end; c += 16) {
        const taps8 = v128.load(c);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.load(x), taps8));
        let y = x + step;
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.load(y), taps8));
        y += step;
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v128.load(y), taps8));
        y += step;
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v128.load(y), taps8));
        x += 16;
      }
      const first2 = roundPair(s0, s1, scales);
      const last2 = roundPair(s2, s3, scales);
      const four = i16x8.narrow_i32x4_s(
        i8x16.shuffle(first2, last2, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
        first2,
      );
      v128.store_lane<i16>(out, four, 0);
      out += stride;
      v128.store_lane<i16>(out, four, 1);
      out += stride;
      v128.store_lane<i16>(out, four, 2);
      out += stride;
      v128.store_lane<i16>(out, four, 3);
      out += stride;
      oldest += 4 * step;
    }
  }
}
