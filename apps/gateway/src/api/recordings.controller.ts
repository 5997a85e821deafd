import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Delete, Get, Param, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { Retention } from '#libs/store';
import type { OperatorRequest } from '../http/operator.guard.js';
import type { HttpProblem } from '../http/problem.js';
import { Around } from './around.js';
import { Audited } from './audit.interceptor.js';
import { rangeOf } from './byte-range.js';
import { apiErrors } from './errors.js';
import { ApiController, Route } from './route.decorators.js';
import { IdPipe } from './validation.js';

const NONE = {
  404: 'There is no recording of this call.',
  421: 'It lies on the disk of another gateway of this database (RECORDING_ELSEWHERE).',
  502: 'The store of recordings refuses the gateway (RECORDINGS_S3_DENIED).',
  503: 'The database is away (STORE_AWAY), or the store of recordings (RECORDINGS_S3_AWAY); calls go on.',
};
const WAV = { 'audio/wav': { schema: { type: 'string', format: 'binary' } } };

/** The sound of calls. */
@ApiController('calls/:callId/recording', 'Recordings')
export class RecordingsController {
  constructor(
    private readonly around: Around,
    private readonly retention: Retention,
  ) {}

  @Get()
  @Audited()
  @Route({
    needs: 'viewer',
    summary: 'The recording as stereo WAV: caller left, agent right',
    description: 'Of a running call: what there is so far. Each download is written to the audit log.',
    errors: { ...NONE, 416: 'The range lies outside (API_BAD_RANGE).' },
  })
  @ApiHeader({
    name: 'Range',
    required: false,
    description: 'One range of bytes; several are answered with all.',
  })
  @ApiResponse({ status: 200, description: 'All of it.', content: WAV })
  @ApiResponse({ status: 206, description: 'The range that was asked for.', content: WAV })
  async sound(
    @Param('callId', IdPipe) callId: string,
    @Req() request: OperatorRequest,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const { recordings } = this.around;
    const size = await recordings.size(callId);
    if (size === null || size === 0) throw await this.absent(callId);
    // Without a validator to compare, a conditional range is answered with all of it.
    const asked = request.headers['if-range'] === undefined ? request.headers.range : undefined;
    const range = rangeOf(asked, size);
    if (range === 'unsatisfiable') throw apiErrors.badRange(size);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    const open = request.method === 'HEAD' ? null : await recordings.open(callId, { start, end });
    if (open === null && request.method !== 'HEAD') throw apiErrors.unknown('recording');
    response.statusCode = range === null ? 200 : 206;
    response.setHeader('Content-Type', 'audio/wav');
    response.setHeader('Content-Length', open?.bytes ?? end - start + 1);
    response.setHeader('Content-Disposition', `attachment; filename="${fileNameOf(callId)}.wav"`);
    response.setHeader('Accept-Ranges', 'bytes');
    if (range !== null) response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`);
    if (open === null) {
      response.end();
      return;
    }
    // Who goes away in the middle is no error; what is open is closed.
    await pipeline(Readable.from(open.body, { objectMode: false }), response).catch(() => response.destroy());
  }

  @Delete()
  @Route({
    needs: 'admin',
    summary: 'Deletes the recording',
    status: 204,
    errors: { ...NONE, 409: 'The call is still being recorded (RECORDING_RUNNING).' },
  })
  async remove(@Param('callId', IdPipe) callId: string): Promise<void> {
    const { recordings } = this.around;
    const { own, theirs } = await recordings.removeBoth(callId);
    if (!own) {
      if (!theirs)
        throw recordings.isRunning(callId) ? apiErrors.stillRecording() : await this.absent(callId);
      const place = await this.retention.recordingElsewhere(callId);
      if (place !== null) throw apiErrors.recordingElsewhere(place);
    }
    // What a recorder left that is not loaded now is still there.
    if (own || recordings.hasOwn) await this.retention.recordingDeleted(callId);
  }

  /** Why there is none here. */
  private async absent(callId: string): Promise<HttpProblem> {
    const place = await this.retention.recordingElsewhere(callId);
    return place === null ? apiErrors.unknown('recording') : apiErrors.recordingElsewhere(place);
  }
}

/** Only what no header and no file system takes for anything else. */
function fileNameOf(callId: string): string {
  return callId.replace(/[^\w-]/g, '_');
}
