import { Body, Inject, Param, Post, Req } from '@nestjs/common';
import { CALL_DESK, type CallControl, type CallDesk } from '#libs/contracts';
import type { OperatorRequest } from '../http/operator.guard.js';
import { Around } from './around.js';
import { DtmfDto, HangUpDto, MuteDto, SayDto, TransferDto, WhisperDto } from './dto/action.dto.js';
import { apiErrors } from './errors.js';
import { ApiController, Route } from './route.decorators.js';
import { IdPipe } from './validation.js';

type Statuses = Readonly<Record<number, string>>;

const NOT_RUNNING: Statuses = { 404: 'No call of this id runs in this gateway (CALL_NOT_RUNNING).' };
const action = (summary: string, conflict?: string, more: Statuses = {}, description?: string) =>
  Route({
    needs: 'operator',
    summary,
    ...(description === undefined ? {} : { description }),
    status: 204,
    errors: { ...NOT_RUNNING, ...more, ...(conflict === undefined ? ({} as Statuses) : { 409: conflict }) },
  });

/** What an operator may do to a running call. */
@ApiController('calls/:callId', 'Live actions')
export class ActionsController {
  constructor(
    @Inject(CALL_DESK) private readonly desk: CallDesk,
    private readonly around: Around,
  ) {}

  @Post('say')
  @action('The agent says these words', 'It cannot now (CALL_CANNOT_SAY).')
  say(
    @Param('callId', IdPipe) callId: string,
    @Body() { text }: SayDto,
    @Req() request: OperatorRequest,
  ): void {
    if (!this.running(callId).say(text, nameOf(request))) throw apiErrors.cannotSay();
  }

  @Post('whisper')
  @action('The agent is told something that the caller does not hear', 'It cannot now (CALL_CANNOT_WHISPER).')
  whisper(
    @Param('callId', IdPipe) callId: string,
    @Body() { text }: WhisperDto,
    @Req() request: OperatorRequest,
  ): void {
    if (!this.running(callId).whisper(text, nameOf(request))) throw apiErrors.cannotWhisper();
  }

  @Post('mute')
  @action('The agent is not heard, or is heard again')
  mute(
    @Param('callId', IdPipe) callId: string,
    @Body() { muted }: MuteDto,
    @Req() request: OperatorRequest,
  ): void {
    this.running(callId).mute(muted, nameOf(request));
  }

  @Post('hang-up')
  @action('The call ends')
  hangUp(
    @Param('callId', IdPipe) callId: string,
    @Body() { afterLastWord = false }: HangUpDto,
    @Req() request: OperatorRequest,
  ): void {
    const call = this.running(callId);
    if (afterLastWord) call.hangUpAfterLastWord(nameOf(request));
    else call.hangUp(nameOf(request));
  }

  @Post('transfer')
  @action(
    'The caller is handed to a number or SIP address; answered when it is done',
    'This platform or call cannot (TRANSFER_UNSUPPORTED …).',
    {
      422: 'It is no number that exists, or no address that the platform knows (DIAL_BAD_NUMBER …).',
      502: 'The platform could not; the call goes on (TRANSFER_FAILED).',
    },
    'Only a number that may be called (outbound.allowedPrefixes), also one within a SIP address; any other is answered with 403 ' +
      "(DIAL_PREFIX_REFUSED). The destinations of the agent's own tool are not asked about. An extension is given as a SIP address.",
  )
  async transfer(
    @Param('callId', IdPipe) callId: string,
    @Body() { to, say = null }: TransferDto,
    @Req() request: OperatorRequest,
  ): Promise<void> {
    const call = this.running(callId);
    await call.transfer({ to: this.around.dialDesk.transferTarget(to), say }, nameOf(request));
  }

  @Post('dtmf')
  @action('Keys are sent to the caller', 'Nobody would hear them (CALL_CANNOT_SEND_KEYS).')
  dtmf(
    @Param('callId', IdPipe) callId: string,
    @Body() { digits }: DtmfDto,
    @Req() request: OperatorRequest,
  ): void {
    if (!this.running(callId).sendDtmf(digits, nameOf(request))) throw apiErrors.cannotDial();
  }

  @Post('recording/pause')
  @action('What is said from now on is silence in the recording', 'It is not recorded (CALL_NOT_RECORDED).')
  pause(@Param('callId', IdPipe) callId: string, @Req() request: OperatorRequest): void {
    const { view } = this.running(callId);
    const by = nameOf(request);
    if (!this.around.recordings.pause(callId, by)) throw apiErrors.notRecording();
    view.router.publish('operator.acted', { action: 'pause-recording', by });
  }

  @Post('recording/resume')
  @action('The recording goes on', 'It is not recorded (CALL_NOT_RECORDED).')
  resume(@Param('callId', IdPipe) callId: string, @Req() request: OperatorRequest): void {
    const { view } = this.running(callId);
    const by = nameOf(request);
    if (!this.around.recordings.resume(callId, by)) throw apiErrors.notRecording();
    view.router.publish('operator.acted', { action: 'resume-recording', by });
  }

  private running(callId: string): CallControl {
    const found = this.desk.find(callId);
    if (found === null) throw apiErrors.notRunning();
    return found;
  }
}

function nameOf({ operator }: OperatorRequest): string {
  return operator?.name ?? 'operator';
}
