import { Counter, Histogram, type Registry } from 'prom-client';

/** Every metric of the gateway, once. Labels come from closed lists only, never from a call. */
export interface MetricsCatalogue {
  readonly callsTotal: Counter<'outcome' | 'platform'>;
  readonly callDuration: Histogram<'platform'>;
  readonly timeToFirstAudio: Histogram<'platform'>;
  readonly turnLatency: Histogram<'platform'>;
  readonly bargeInStop: Histogram<'platform'>;
  readonly addedLatency: Histogram<'direction'>;
  readonly truncationError: Histogram<'platform'>;
  readonly backendConnect: Histogram<'backend'>;
  readonly backendErrors: Counter<'backend' | 'code'>;
  readonly backendReconnects: Counter<'backend'>;
  readonly backendRollovers: Counter<'backend'>;
  readonly backendTokens: Counter<'backend' | 'kind'>;
  readonly backendCost: Counter<'backend'>;
  readonly platformErrors: Counter<'platform' | 'code'>;
  readonly turnHeardLatency: Histogram<'platform'>;
  readonly endOfTurn: Histogram<'backend'>;
  readonly modelLatency: Histogram<'backend'>;
  readonly turnGatewayLatency: Histogram<'platform'>;
  readonly silenceOwed: Counter<'platform'>;
  readonly talkOver: Counter<'platform'>;
  readonly interruptions: Counter<'platform' | 'kind'>;
  readonly callsRefused: Counter<'reason'>;
  readonly recordings: Counter<'outcome'>;
  readonly rejectedUpgrades: Counter<'reason'>;
  readonly listenerErrors: Counter;
}

const CONVERSATION_SECONDS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10];
const INSTANT_SECONDS = [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5];

export function createCatalogue(registry: Registry): MetricsCatalogue {
  const registers = [registry];
  return {
    callsTotal: new Counter({
      name: 'gateway_calls_total',
      help: 'Calls that ended, by how.',
      labelNames: ['outcome', 'platform'],
      registers,
    }),
    callDuration: new Histogram({
      name: 'gateway_call_duration_seconds',
      help: 'Length of calls, from the offer to the end.',
      labelNames: ['platform'],
      buckets: [5, 15, 30, 60, 120, 300, 600, 1200, 3600],
      registers,
    }),
    timeToFirstAudio: new Histogram({
      name: 'gateway_time_to_first_audio_seconds',
      help: 'From the moment the caller can hear until the first sound of the agent leaves.',
      labelNames: ['platform'],
      buckets: CONVERSATION_SECONDS,
      registers,
    }),
    turnLatency: new Histogram({
      name: 'gateway_turn_latency_seconds',
      help: 'From the end of the caller’s speech, as the backend reports it, until the first sound of the answer leaves.',
      labelNames: ['platform'],
      buckets: CONVERSATION_SECONDS,
      registers,
    }),
    bargeInStop: new Histogram({
      name: 'gateway_barge_in_stop_seconds',
      help: 'From when the caller’s speech was seen until the platform was told to be silent.',
      labelNames: ['platform'],
      buckets: INSTANT_SECONDS,
      registers,
    }),
    addedLatency: new Histogram({
      name: 'gateway_added_latency_seconds',
      help: 'How long the gateway held a frame, sampled once a second and call.',
      labelNames: ['direction'],
      buckets: INSTANT_SECONDS,
      registers,
    }),
    truncationError: new Histogram({
      name: 'gateway_playback_truncation_error_seconds',
      help: 'How far the clock’s guess of what was heard was off when the platform’s mark told.',
      labelNames: ['platform'],
      buckets: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28],
      registers,
    }),
    backendConnect: new Histogram({
      name: 'gateway_backend_connect_seconds',
      help: 'Time until the AI session was configured.',
      labelNames: ['backend'],
      buckets: CONVERSATION_SECONDS,
      registers,
    }),
    backendErrors: new Counter({
      name: 'gateway_backend_errors_total',
      help: 'Errors of AI backends, by the gateway’s own code.',
      labelNames: ['backend', 'code'],
      registers,
    }),
    backendReconnects: new Counter({
      name: 'gateway_backend_reconnects_total',
      help: 'AI connections that were lost and restored.',
      labelNames: ['backend'],
      registers,
    }),
    backendRollovers: new Counter({
      name: 'gateway_backend_rollovers_total',
      help: 'AI sessions renewed before the vendor’s limit.',
      labelNames: ['backend'],
      registers,
    }),
    backendTokens: new Counter({
      name: 'gateway_backend_tokens_total',
      help: 'Tokens used, by kind.',
      labelNames: ['backend', 'kind'],
      registers,
    }),
    backendCost: new Counter({
      name: 'gateway_backend_cost_usd_total',
      help: 'Cost of the tokens, in US dollars, where the price is known.',
      labelNames: ['backend'],
      registers,
    }),
    platformErrors: new Counter({
      name: 'gateway_platform_errors_total',
      help: 'Faults of telephony platforms, by the gateway’s own code.',
      labelNames: ['platform', 'code'],
      registers,
    }),
    turnHeardLatency: new Histogram({
      name: 'gateway_turn_heard_latency_seconds',
      help: 'From the end of the caller’s speech until the answer is heard, by the platform’s marks where it has them.',
      labelNames: ['platform'],
      buckets: CONVERSATION_SECONDS,
      registers,
    }),
    endOfTurn: new Histogram({
      name: 'gateway_end_of_turn_seconds',
      help: 'Part of the turn latency: from the end of the caller’s speech until the backend closes the turn.',
      labelNames: ['backend'],
      buckets: CONVERSATION_SECONDS,
      registers,
    }),
    modelLatency: new Histogram({
      name: 'gateway_model_latency_seconds',
      help: 'Part of the turn latency: from the closed turn until the first sound of the answer arrives.',
      labelNames: ['backend'],
      buckets: CONVERSATION_SECONDS,
      registers,
    }),
    turnGatewayLatency: new Histogram({
      name: 'gateway_turn_gateway_latency_seconds',
      help: 'Part of the turn latency: from the arrival of the answer’s first sound until it left.',
      labelNames: ['platform'],
      buckets: INSTANT_SECONDS,
      registers,
    }),
    silenceOwed: new Counter({
      name: 'gateway_silence_owed_seconds_total',
      help: 'Time in which callers waited in silence while the agent owed them speech.',
      labelNames: ['platform'],
      registers,
    }),
    talkOver: new Counter({
      name: 'gateway_talk_over_seconds_total',
      help: 'Time in which caller and agent were heard at once.',
      labelNames: ['platform'],
      registers,
    }),
    interruptions: new Counter({
      name: 'gateway_interruptions_total',
      help: 'Interruptions of the agent: words of the caller followed (true), none (false), nobody can tell (unknown).',
      labelNames: ['platform', 'kind'],
      registers,
    }),
    callsRefused: new Counter({
      name: 'gateway_calls_refused_total',
      help: 'Calls for which there was no place.',
      labelNames: ['reason'],
      registers,
    }),
    recordings: new Counter({
      name: 'gateway_recordings_total',
      help: 'Recordings of calls, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    rejectedUpgrades: new Counter({
      name: 'gateway_rejected_upgrades_total',
      help: 'Sockets and webhooks refused, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    listenerErrors: new Counter({
      name: 'gateway_event_listener_errors_total',
      help: 'Event listeners that threw.',
      registers,
    }),
  };
}
