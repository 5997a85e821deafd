import { Body, Inject, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { CALL_ARCHIVE, CALL_DESK, type CallArchive, type CallDesk } from '#libs/contracts';
import { RecordKeeper, Retention } from '#libs/store';
import { Webhooks } from '#libs/webhooks';
import { Around } from './around.js';
import { ErasureDto, ErasureRequestDto } from './dto/erasure.dto.js';
import { ApiController, Route, STORE_ERRORS } from './route.decorators.js';

/** Forgets people. */
@ApiController('erasure', 'Privacy')
export class ErasureController {
  constructor(
    @Inject(CALL_ARCHIVE) private readonly archive: CallArchive,
    @Inject(CALL_DESK) private readonly desk: CallDesk,
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
      'Parties, transcripts, events, recordings and what webhooks are still to be told of all its calls are deleted, and the number goes out of orders that are over; figures stay. What was delivered or exported before is out of reach.',
    status: 200,
    errors: STORE_ERRORS,
  })
  @ApiOkResponse({ type: ErasureDto })
  async erase(@Body() { party }: ErasureRequestDto): Promise<ErasureDto> {
    // Records are written behind the calls: who rang a moment ago is found too.
    await this.records.settled();
    // Recordings and events first: afterwards nothing leads from the number to the calls any more.
    const callIds = await this.callsOf(party);
    const before = await this.removeSound(callIds);
    const webhookEvents = await this.webhooks.forgetCalls(callIds);
    const orders = (await this.around.dialDeskIfAny?.eraseParty(party)) ?? [];
    const erased = await this.archive.eraseParty(party);
    const late = erased.filter((callId) => !callIds.includes(callId));
    const after = await this.removeSound(late);
    return {
      calls: erased.length,
      orders: orders.length,
      recordings: before.removed + after.removed,
      // Of all of them, again: what another process was writing came before the calls were marked as forgotten, and after it was asked.
      webhookEvents: webhookEvents + (await this.webhooks.forgetCalls(erased)),
      stillRecording: [...before.stillRecording, ...after.stillRecording],
      recordingsElsewhere: [...before.elsewhere, ...after.elsewhere],
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

  private async removeSound(callIds: readonly string[]) {
    const recordings = this.around.recordingsIfAny;
    const stillRecording: string[] = [];
    const elsewhere: string[] = [];
    let removed = 0;
    for (const callId of callIds) {
      const { own, theirs } = (await recordings?.removeBoth(callId)) ?? { own: false, theirs: false };
      if (own || theirs) removed++;
      if (own) {
        await this.retention.recordingDeleted(callId);
        continue;
      }
      const isHere =
        recordings !== null &&
        ((await recordings.size(callId)) !== null || (!theirs && this.desk.find(callId) !== null));
      const place = isHere ? null : await this.retention.recordingElsewhere(callId);
      if (isHere || place?.isOver === false) stillRecording.push(callId);
      else if (place !== null || recordings?.hasOwn !== true) {
        // It goes as soon as the gateway looks that has it, or this one with a recorder.
        if (place !== null) elsewhere.push(callId);
        await this.retention.recordingDueNow(callId, Date.now());
      }
    }
    return { removed, stillRecording, elsewhere };
  }
}
