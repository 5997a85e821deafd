import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConverter, frameFromSamples, inPieces, monoOf, readWav } from '#libs/audio';
import { type AudioFormat, type AudioFrame, asGatewayError, sameFormat } from '#libs/contracts';

/** What ships with Patchbay. */
export type ShippedAnnouncement = 'sorry-hold' | 'sorry-goodbye';

export interface Announcement {
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

/** Longer pieces of sound are cut: limits of platforms and marks are finer than that. */
const LONGEST_PIECE_MS = 1000;

/** Clips of speech that calls may need, each read once. A file that changed is read again after a restart. */
export class Announcements {
  private readonly clips = new Map<string, Promise<Announcement>>();

  shipped(name: ShippedAnnouncement): Promise<Announcement> {
    return this.file(join(projectRoot(), `libs/core/announcements/${name}.wav`));
  }

  /** Rejects with a GatewayError where there is no WAV file. */
  file(path: string): Promise<Announcement> {
    let clip = this.clips.get(path);
    if (clip === undefined) {
      clip = read(path);
      this.clips.set(path, clip);
      // It may be there the next time.
      clip.catch(() => this.clips.delete(path));
    }
    return clip;
  }
}

/** The clip as the agent's track takes it. */
export function announcementFrames(
  clip: Announcement,
  to: AudioFormat,
  nowMs: number,
): readonly AudioFrame[] {
  const from: AudioFormat = { encoding: 'pcm16', sampleRate: clip.sampleRate };
  const whole = frameFromSamples('agent', from, nowMs, clip.samples);
  const frame = sameFormat(from, to) ? whole : createConverter(from, to).convert(whole);
  return frame === null ? [] : [...inPieces(frame, LONGEST_PIECE_MS)];
}

async function read(path: string): Promise<Announcement> {
  try {
    const sound = readWav(await readFile(path));
    return { sampleRate: sound.sampleRate, samples: monoOf(sound) };
  } catch (thrown) {
    throw asGatewayError(thrown, 'ANNOUNCEMENT_UNREADABLE', `The announcement ${path} could not be read`);
  }
}

/** The folder of package.json, above both the sources and what is compiled from them. */
function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
