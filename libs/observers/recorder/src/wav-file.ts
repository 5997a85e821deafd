import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { wavHeader } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { tooLong } from './errors.js';

export const CHANNELS = 2;
const BYTES_PER_FRAME = 2 * CHANNELS;
export const HEADER_BYTES = 44;
const MOST_DATA_BYTES = 0xffffffff - HEADER_BYTES;

const pcm = (sampleRate: number): AudioFormat => ({ encoding: 'pcm16', sampleRate });

export function durationOf(dataBytes: number, sampleRate: number): number {
  return ((dataBytes / BYTES_PER_FRAME) * 1000) / sampleRate;
}

export function stereoHeader(sampleRate: number, dataBytes: number): Uint8Array {
  return wavHeader(pcm(sampleRate), CHANNELS, dataBytes);
}

/**
 * A stereo WAV file of 16 bits that grows. After each `append` its header tells what it holds, so that it is a whole recording
 * whenever the process dies.
 */
export class WavFile {
  private dataBytes = 0;

  private constructor(
    private readonly file: FileHandle,
    readonly sampleRate: number,
  ) {}

  /** Makes the folder if need be. Rejects as the file system does, with EEXIST if the file is there. */
  static async create(path: string, sampleRate: number): Promise<WavFile> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    const wav = new WavFile(file, sampleRate);
    try {
      await wav.writeHeader();
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    return wav;
  }

  get bytes(): number {
    return HEADER_BYTES + this.dataBytes;
  }

  get durationMs(): number {
    return durationOf(this.dataBytes, this.sampleRate);
  }

  /** Rejects as the file system does, and with GatewayError RECORDING_TOO_LONG; the header then tells what was whole before. */
  async append(data: Uint8Array): Promise<void> {
    if (this.dataBytes + data.length > MOST_DATA_BYTES) throw tooLong();
    await this.writeAll(data, HEADER_BYTES + this.dataBytes);
    this.dataBytes += data.length;
    await this.writeHeader();
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private writeHeader(): Promise<void> {
    return this.writeAll(stereoHeader(this.sampleRate, this.dataBytes), 0);
  }

  /** A disk that is nearly full takes a part and fails at the next. */
  private async writeAll(data: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await this.file.write(data, done, data.length - done, position + done);
      done += bytesWritten;
    }
  }
}

/** Makes the header of a file tell what it holds. Null: it holds no sound. Rejects as the file system does. */
export async function repairWav(
  path: string,
): Promise<{ readonly sampleRate: number; readonly bytes: number; readonly durationMs: number } | null> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES || header.toString('latin1', 0, 4) !== 'RIFF') return null;
    const sampleRate = header.readUInt32LE(24);
    const whole = size - HEADER_BYTES - ((size - HEADER_BYTES) % BYTES_PER_FRAME);
    if (sampleRate === 0 || whole <= 0) return null;
    await file.truncate(HEADER_BYTES + whole);
    await file.write(stereoHeader(sampleRate, whole), 0, HEADER_BYTES, 0);
    return { sampleRate, bytes: HEADER_BYTES + whole, durationMs: durationOf(whole, sampleRate) };
  } finally {
    await file.close();
  }
}
