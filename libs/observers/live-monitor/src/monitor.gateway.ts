import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Inject,
  UseFilters,
  UsePipes,
} from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import {
  CALL_DESK,
  type CallDesk,
  CLOCK,
  type Clock,
  type EdgeRequest,
  type EdgeServer,
  GatewayError,
  LOG,
  type Log,
  type MessageLimits,
  mayAct,
  OPERATOR_DOOR,
  type Operator,
  type OperatorDoor,
  parseControlMessage,
  type UpgradeDecision,
  type UpgradeRequest,
} from '#libs/contracts';
import { Desk } from './desk.js';
import { badMessage, internal, unknownEvent } from './errors.js';
import { LiveMonitorObserver } from './live-monitor.observer.js';
import type { MessageId } from './messages.js';
import { AudioDto, CallDto, MonitorDto, MuteDto, monitorPipe, WordsDto } from './monitor.dto.js';
import { Viewer } from './viewer.js';

/** Of the messages in README.md. */
const PROTOCOL_VERSION = 1;

const EVENTS: ReadonlySet<string> = new Set([
  'calls.subscribe',
  'calls.unsubscribe',
  'call.subscribe',
  'call.unsubscribe',
  'audio.subscribe',
  'audio.unsubscribe',
  'call.say',
  'call.whisper',
  'call.mute',
  'call.take-over',
  'call.give-back',
  'call.hang-up',
]);

/** A hand at the keyboard and a page that subscribes to everything at once; a microphone in pieces of 20 ms, twice over. */
const MESSAGE_LIMITS: MessageLimits = {
  text: { burst: 200, perSecond: 50 },
  binary: { burst: 500, perSecond: 100 },
};

const desks = new WeakMap<WebSocket, Desk>();

/** What a message could not do, as its `error`. */
@Catch()
export class MonitorFaults implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const { id } = host.switchToWs().getData<{ id?: MessageId }>();
    const viewer = desks.get(host.switchToWs().getClient<WebSocket>())?.viewer;
    if (thrown instanceof GatewayError) {
      viewer?.fail(thrown, id);
      return;
    }
    this.log.error({ err: thrown, code: 'MONITOR_INTERNAL' }, 'A message of a viewer failed.');
    viewer?.fail(internal(), id);
  }
}

/** The operators' socket. */
@WebSocketGateway({ path: '/monitor', maxPayload: 65_536 })
@UseFilters(MonitorFaults)
@UsePipes(monitorPipe)
export class MonitorGateway implements OnGatewayInit<EdgeServer>, OnGatewayConnection<WebSocket> {
  private viewers = 0;

  constructor(
    @Inject(OPERATOR_DOOR) private readonly door: OperatorDoor,
    @Inject(CALL_DESK) private readonly calls: CallDesk,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly monitor: LiveMonitorObserver,
  ) {}

  afterInit(server: EdgeServer): void {
    server.authorize = (upgrade) => this.authorize(upgrade);
    server.messageLimits = MESSAGE_LIMITS;
    // Operators watch to the end.
    server.admitsWhileDraining = () => this.calls.calls.length > 0;
  }

  handleConnection(client: WebSocket, request: EdgeRequest): void {
    const operator = request.edge.context as Operator;
    const { list, config, audit } = this.monitor;
    const viewer = new Viewer(client, operator, this.clock, config.maxBufferedBytes);
    const desk = new Desk(viewer, { list, calls: this.calls, clock: this.clock, audit });
    desks.set(client, desk);
    client.on('message', (data: Buffer, isBinary: boolean) => this.onMessage(desk, data, isBinary));
    client.once('close', () => {
      this.viewers--;
      desks.delete(client);
      desk.leave();
    });
    viewer.tell('hello', {
      operator: { name: operator.name, role: operator.role },
      version: PROTOCOL_VERSION,
    });
  }

  @SubscribeMessage('calls.subscribe')
  watchList(@ConnectedSocket() client: WebSocket, @MessageBody() { id }: MonitorDto): void {
    desks.get(client)?.watchList(id);
  }

  @SubscribeMessage('calls.unsubscribe')
  unwatchList(@ConnectedSocket() client: WebSocket, @MessageBody() { id }: MonitorDto): void {
    done(client, id, (desk) => desk.unwatchList());
  }

  @SubscribeMessage('call.subscribe')
  follow(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, id }: CallDto): void {
    desks.get(client)?.follow(callId, id);
  }

  @SubscribeMessage('call.unsubscribe')
  unfollow(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, id }: CallDto): void {
    done(client, id, (desk) => desk.unfollow(callId));
  }

  @SubscribeMessage('audio.subscribe')
  listen(@ConnectedSocket() client: WebSocket, @MessageBody() message: AudioDto): void {
    const { callId, speakers, form, id } = message;
    desks.get(client)?.listen(callId, speakers, form ?? 'binary', id);
  }

  @SubscribeMessage('audio.unsubscribe')
  stopListening(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, id }: CallDto): void {
    done(client, id, (desk) => desk.stopListening(callId));
  }

  @SubscribeMessage('call.say')
  say(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, text, id }: WordsDto): void {
    done(client, id, (desk) => desk.say(callId, text));
  }

  @SubscribeMessage('call.whisper')
  whisper(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, text, id }: WordsDto): void {
    done(client, id, (desk) => desk.whisper(callId, text));
  }

  @SubscribeMessage('call.mute')
  mute(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, muted, id }: MuteDto): void {
    done(client, id, (desk) => desk.mute(callId, muted));
  }

  @SubscribeMessage('call.take-over')
  takeOver(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, id }: CallDto): void {
    done(client, id, (desk) => desk.takeOver(callId));
  }

  @SubscribeMessage('call.give-back')
  giveBack(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, id }: CallDto): void {
    done(client, id, (desk) => desk.giveBack(callId));
  }

  @SubscribeMessage('call.hang-up')
  hangUp(@ConnectedSocket() client: WebSocket, @MessageBody() { callId, id }: CallDto): void {
    done(client, id, (desk) => desk.hangUp(callId));
  }

  private authorize({ request }: UpgradeRequest): UpgradeDecision {
    const decision = this.door.admit(request);
    if (!decision.ok) return decision;
    if (!mayAct(decision.operator.role, 'viewer'))
      return { ok: false, status: 403, reason: 'bad-credentials' };
    if (this.viewers >= this.monitor.config.maxViewers) return { ok: false, status: 503, reason: 'full' };
    this.viewers++;
    const { operator, session } = decision;
    return { ok: true, context: operator, session, abandon: () => this.viewers-- };
  }

  /** Sound, and what Nest would pass over in silence. */
  private onMessage(desk: Desk, data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      desk.sound(data);
      return;
    }
    const message = parseControlMessage(data.toString());
    if (message === null) desk.viewer.fail(badMessage());
    else if (!EVENTS.has(message.event)) desk.viewer.fail(unknownEvent(), message.data.id as MessageId);
  }
}

function done(client: WebSocket, id: MessageId, act: (desk: Desk) => void): void {
  const desk = desks.get(client);
  if (desk === undefined) return;
  act(desk);
  desk.viewer.tell('done', {}, id);
}
