import { Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { BOT_PATH } from './audiocodes.adapter.js';
import { AudioCodesGuard } from './audiocodes.guard.js';

const PROBE_ANSWER = { type: 'ac-bot-api', success: true } as const;

/** Live Hub's check of the bot URL before a bot connection is saved (section 2.5). It begins no call. */
@Controller(BOT_PATH)
@UseGuards(AudioCodesGuard)
export class AudioCodesController {
  @Get()
  probe(): typeof PROBE_ANSWER {
    return PROBE_ANSWER;
  }

  @Post()
  @HttpCode(200)
  probeByPost(): typeof PROBE_ANSWER {
    return PROBE_ANSWER;
  }
}
