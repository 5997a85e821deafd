import type { ServerResponse } from 'node:http';
import { Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import {
  CALL_ARCHIVE,
  CALL_DESK,
  type CallArchive,
  type CallDesk,
  type CallRecord,
  type Page,
} from '#libs/contracts';
import { TRANSCRIPT_TYPES, transcriptAs } from '#libs/store';
import { CallDetailsDto, CallEventsDto, CallNumbersDto, CallPageDto, TranscriptDto } from './dto/call.dto.js';
import {
  CallDetailsQueryDto,
  CallQueryDto,
  EventsQueryDto,
  NumbersQueryDto,
  TranscriptQueryDto,
} from './dto/query.dto.js';
import { apiErrors } from './errors.js';
import { ApiController, Route, STORE_ERRORS } from './route.decorators.js';
import { IdPipe } from './validation.js';

const EVENTS_A_PAGE = 200;
const NOT_THERE = { 404: 'There is no such call.', ...STORE_ERRORS };

/** What was kept of calls. */
@ApiController('', 'Calls')
export class CallsController {
  constructor(
    @Inject(CALL_ARCHIVE) private readonly archive: CallArchive,
    @Inject(CALL_DESK) private readonly desk: CallDesk,
  ) {}

  @Get('calls')
  @Route({
    needs: 'viewer',
    summary: 'Calls, newest first',
    description:
      'Filters are joined by "and". Records are written a moment behind the call. A wrong cursor is answered with 400 (STORE_BAD_CURSOR).',
    errors: STORE_ERRORS,
  })
  @ApiOkResponse({ type: CallPageDto })
  list(@Query() query: CallQueryDto): Promise<Page<CallRecord>> {
    return this.archive.list(query);
  }

  @Get('numbers')
  @Route({ needs: 'viewer', summary: 'Counts of a span of time, for a dashboard', errors: STORE_ERRORS })
  @ApiOkResponse({ type: CallNumbersDto })
  numbers(@Query() { from, before }: NumbersQueryDto): Promise<CallNumbersDto> {
    return this.archive.numbers(from, before);
  }

  @Get('calls/:callId')
  @Route({ needs: 'viewer', summary: 'One call', errors: NOT_THERE })
  @ApiOkResponse({ type: CallDetailsDto })
  async one(
    @Param('callId', IdPipe) callId: string,
    @Query() { transcript }: CallDetailsQueryDto,
  ): Promise<CallDetailsDto> {
    const record = await this.find(callId);
    const control = this.desk.find(callId);
    const live =
      control === null
        ? null
        : { state: control.view.state, muted: control.muted, takenOver: control.takenOver };
    return {
      ...record,
      live,
      ...(transcript ? { transcript: await this.archive.transcript(callId) } : {}),
    };
  }

  @Get('calls/:callId/transcript')
  @Route({
    needs: 'viewer',
    summary: 'What was said, and what of it was heard',
    description: 'As JSON, as text for people, or as WebVTT subtitles for the recording.',
    errors: NOT_THERE,
  })
  @ApiOkResponse({
    description: 'The transcript in the form that was asked for.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(TranscriptDto) } },
      'text/plain': { schema: { type: 'string' } },
      'text/vtt': { schema: { type: 'string' } },
    },
  })
  async transcript(
    @Param('callId', IdPipe) callId: string,
    @Query() { format = 'json' }: TranscriptQueryDto,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<string> {
    const record = await this.find(callId);
    const text = transcriptAs(format, record, await this.archive.transcript(callId));
    response.setHeader('Content-Type', TRANSCRIPT_TYPES[format]);
    return text;
  }

  @Get('calls/:callId/events')
  @Route({ needs: 'viewer', summary: 'The event journal of a call, in order', errors: NOT_THERE })
  @ApiOkResponse({ type: CallEventsDto })
  async events(
    @Param('callId', IdPipe) callId: string,
    @Query() { afterSeq = -1, limit = EVENTS_A_PAGE }: EventsQueryDto,
  ): Promise<CallEventsDto> {
    await this.find(callId);
    const entries = await this.archive.journal(callId, afterSeq, limit);
    const items = entries.map(({ callId: _, ...entry }) => entry);
    const last = items.at(-1);
    return { items, nextAfterSeq: items.length < limit || last === undefined ? null : last.seq };
  }

  private async find(callId: string): Promise<CallRecord> {
    const record = await this.archive.find(callId);
    if (record === null) throw apiErrors.unknown('call');
    return record;
  }
}
