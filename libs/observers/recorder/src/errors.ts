import { asGatewayError, GatewayError } from '#libs/contracts';

/** Every error of this plug-in; the codes are stable and stand in `recording.failed`. */

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const UNUSABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'ENAMETOOLONG', 'ELOOP'];

/** What the file system said, in words for an operator. */
export function writeFailed(thrown: unknown): GatewayError {
  const errno = (thrown as NodeJS.ErrnoException)?.code ?? '';
  if (FULL.includes(errno))
    return new GatewayError('RECORDING_DISK_FULL', `There is no space left for recordings (${errno}).`, {
      advice: 'Make space; calls that begin afterwards are recorded again.',
      cause: thrown,
    });
  if (UNUSABLE.includes(errno))
    return new GatewayError(
      'RECORDING_FOLDER_UNUSABLE',
      `The folder for recordings cannot be used (${errno}).`,
      {
        advice: 'DATA_DIR or RECORDINGS_DIR must name a folder that the gateway may write to.',
        cause: thrown,
      },
    );
  return asGatewayError(thrown, 'RECORDING_WRITE_FAILED', 'The recording could not be written');
}

export const soundLost = (): GatewayError =>
  new GatewayError('RECORDING_BEHIND', 'The disk is slower than the call; a stretch of sound is missing.', {
    advice: 'Use a faster disk for recordings, or run fewer calls.',
  });

export const tooLong = (): GatewayError =>
  new GatewayError('RECORDING_TOO_LONG', 'A WAV file cannot be longer; the recording ends here.', {
    advice: 'Limit the duration of calls, or lower `highestSampleRate`.',
  });

/** Why a recording waits on disk. */
export function notDelivered(thrown: unknown): GatewayError {
  return ofStore(thrown, 'Recordings stay on disk and are delivered when it is back.');
}

/** Why a recording that was delivered cannot be read or deleted. */
export function notAnswered(thrown: unknown): GatewayError {
  return ofStore(thrown, 'Try again when it is back.');
}

function ofStore(thrown: unknown, advice: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const status = (thrown as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode;
  const name = (thrown as Error)?.name;
  if (status === 401 || status === 403)
    return new GatewayError('RECORDINGS_S3_DENIED', `The store for recordings refused: ${name}.`, {
      advice: 'Check RECORDINGS_S3_ACCESS_KEY_ID, RECORDINGS_S3_SECRET_ACCESS_KEY and the bucket’s rights.',
      cause: thrown,
    });
  return new GatewayError(
    'RECORDINGS_S3_AWAY',
    `The store for recordings did not take part: ${name}${status === undefined ? '' : ` (${status})`}.`,
    { advice, retryable: true, cause: thrown },
  );
}
