import { Body, Inject, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { CALL_ARCHIVE, type CallArchive, type ErasedOrders, LOG, type Log } from '#libs/contracts';
import { RecordKeeper, Retention } from '#libs/store';
import { Webhooks } from '#libs/webhooks';
import { AllRecordings } from '../services/all-recordings.js';
import { SoundErasure } from '../services/sound-erasure.js';
import { Around } from './around.js';
import { ErasureDto, ErasureRequestDto } from './dto/erasure.dto.js';
import { ApiController, Route, STORE_ERRORS } from './route.decorators.js';

const NO_ORDERS: ErasedOrders = { erased: [], cancelled: [], underWay: [] };

/** Forgets people. */
@ApiController('erasure', 'Privacy')
export class ErasureController {
  constructor(
    @Inject(CALL_ARCHIVE) private readonly archive: CallArchive,
    @Inject(LOG) private readonly log: Log,
    private readonly recordings: AllRecordings,
    private readonly records: RecordKeeper,
    private readonly retention: Retention,
    private readonly webhooks: Webhooks,
    private readonly around: Around,
  ) {}

  @Post()
  @Route({
    needs: 'admin',
    summary: 'Forgets who a number belongs to',
    description:
      'Parties, transcripts, events, recordings and what webhooks are still to be told of all its calls are deleted; figures stay. The recording of a call that runs is deleted when it is over. Orders to dial the number are cancelled where nobody has answered yet, and the number and the parameters go out of them. What was delivered or exported before is out of reach.',
    status: 200,
    errors: STORE_ERRORS,
  })
  @ApiOkResponse({ type: ErasureDto })
  async erase(@Body() { party }: ErasureRequestDto): Promise<ErasureDto> {
    // Records are written behind the calls: who rang a moment ago is found too.
    await this.records.settled();
    // Recordings and events first: afterwards nothing leads from the number to the calls any more.
    const callIds = await this.callsOf(party);
    const sound = new SoundErasure({
      recordings: this.recordings,
      retention: this.retention,
      log: this.log,
      wallMs: Date.now,
    });
    await sound.erase(callIds);
    const webhookEvents = await this.webhooks.forgetCalls(callIds);
    const orders = (await this.around.dialDeskIfAny?.eraseParty(party)) ?? NO_ORDERS;
    const erased = await this.archive.eraseParty(party);
    await sound.erase(erased.filter((callId) => !callIds.includes(callId)));
    const { removed, stillRecording, elsewhere, due } = sound.outcome;
    return {
      calls: erased.length,
      orders: orders.erased.length,
      ordersCancelled: orders.cancelled.length,
      ordersUnderWay: orders.underWay,
      recordings: removed,
      // Of all of them, again: what another process was writing came before the calls were marked as forgotten, and after it was asked.
      webhookEvents: webhookEvents + (await this.webhooks.forgetCalls(erased)),
      stillRecording,
      recordingsElsewhere: elsewhere,
      recordingsDue: due,
    };
  }

  private async callsOf(party: string): Promise<readonly string[]> {
    const callIds: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.archive.list({ party, limit: 200, ...(cursor === null ? {} : { cursor }) });
      callIds.push(...page.items.map(({ callId }) => callId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return callIds;
  }
}
