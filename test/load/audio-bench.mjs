// Measures the sound library's conversions on this machine: node test/load/audio-bench.mjs (after npm run build).
// Time is per frame of 20 ms, the codec included; the other columns are properties and the same everywhere.
import { createConverter, frameFromBase64, frameFromBytes, Resampler } from '#libs/audio';
import { JsKernel } from '../../dist/libs/audio/src/kernel/js-kernel.js';
import { WasmKernel } from '../../dist/libs/audio/src/kernel/wasm-kernel.js';
import { measureResponse } from '../audio/response.mjs';

const mulaw = { encoding: 'mulaw', sampleRate: 8000 };
const pcm = (sampleRate) => ({ encoding: 'pcm16', sampleRate });

const CONVERSIONS = [
  [mulaw, pcm(24000)],
  [pcm(24000), mulaw],
  [mulaw, pcm(16000)],
  [pcm(16000), mulaw],
  [mulaw, pcm(48000)],
  [pcm(48000), mulaw],
  [pcm(16000), pcm(24000)],
  [pcm(24000), pcm(16000)],
  [pcm(16000), pcm(48000)],
  [pcm(48000), pcm(16000)],
  [pcm(24000), pcm(48000)],
  [pcm(48000), pcm(24000)],
];

const BATCHES = 25;
const BATCH_MS = 8;

/** Microseconds a run, the median of many short batches. */
function microseconds(run) {
  const timed = (runs) => {
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < runs; i++) run();
    return Number(process.hrtime.bigint() - startedAt) / 1000;
  };
  for (let i = 0; i < 10; i++) timed(2000);
  const runs = Math.max(1, Math.round((2000 * BATCH_MS * 1000) / timed(2000)));
  const batches = Array.from({ length: BATCHES }, () => timed(runs) / runs).sort((a, b) => a - b);
  return batches[BATCHES >> 1];
}

function frameBytes(format) {
  const samples = format.sampleRate / 50;
  const bytes = Buffer.alloc(samples * (format.encoding === 'pcm16' ? 2 : 1));
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2654435761) >>> 24;
  return bytes;
}

let kept = null;

function measure([from, to]) {
  const resampled = (kernel) => {
    const resampler = new Resampler(from.sampleRate, to.sampleRate, kernel);
    return (samples) => resampler.resample(samples);
  };
  const { rippleDb, worstImageDb } = measureResponse(() => resampled(), from.sampleRate, to.sampleRate);
  const bytes = frameBytes(from);
  const text = bytes.toString('base64');
  const converter = createConverter(from, to);
  const samples = frameFromBytes('caller', from, 0, bytes).samples;
  const js = resampled(new JsKernel());
  const cells = [
    `${from.encoding} ${from.sampleRate / 1000} -> ${to.encoding} ${to.sampleRate / 1000} kHz`,
    rippleDb.toFixed(3),
    worstImageDb.toFixed(1),
    converter.delayMs.toFixed(2),
    microseconds(() => {
      kept = converter.convert(frameFromBytes('caller', from, 0, bytes)).bytes;
    }).toFixed(2),
    microseconds(() => {
      kept = converter.convert(frameFromBase64('caller', from, 0, text)).base64;
    }).toFixed(2),
    microseconds(() => {
      kept = js(samples);
    }).toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

console.log(
  `Node ${process.version}, ${WasmKernel.load() === null ? 'no vector instructions' : 'WebAssembly vectors'}\n`,
);
console.log(
  '| conversion | ripple dB | images, aliases dB | delay ms | bytes in, bytes out µs | base64 in, base64 out µs | filter in plain JS µs |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const conversion of CONVERSIONS) console.log(measure(conversion));
if (kept === null) throw new Error('Nothing was measured.');
