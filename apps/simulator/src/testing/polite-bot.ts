import type { Message, Reply, ScriptedBot } from './scripted-bot.js';

/** How an AudioCodes bot without any fault answers; a test changes what it is about. */
export interface PoliteBot {
  readonly mediaFormat: string;
  /** Called on the `start` activity: time to greet. */
  readonly onStart: (reply: Reply) => void;
  /** Sees every message before the polite answer. True: the polite answer is left out. */
  readonly instead: (message: Message, reply: Reply) => boolean;
}

export function answerPolitely(bot: ScriptedBot, changes: Partial<PoliteBot> = {}): void {
  const { mediaFormat = 'raw/lpcm16', onStart, instead } = changes;
  bot.onMessage = (message, reply) => {
    if (instead?.(message, reply)) return;
    const tag = message.participant === undefined ? {} : { participant: message.participant };
    switch (message.type) {
      case 'connection.validate':
        reply({ type: 'connection.validated', success: true });
        break;
      case 'session.initiate':
      case 'session.resume':
        reply({ type: 'session.accepted', mediaFormat });
        break;
      case 'activities':
        if (message.activities?.[0]?.name === 'start') onStart?.(reply);
        break;
      case 'userStream.start':
        reply({ type: 'userStream.started', ...tag });
        break;
      case 'userStream.stop':
        reply({ type: 'userStream.stopped', ...tag });
        break;
    }
  };
}

/** An activity as the documentation wants it. */
export function activity(name: string, more: object = {}): object {
  const id = '00000000-0000-4000-8000-000000000000';
  return {
    type: 'activities',
    activities: [{ id, timestamp: '2026-01-01T00:00:00.000Z', type: 'event', name, ...more }],
  };
}

/** An order without effect. The event `bot: config` in a call's record tells that all that was sent before has arrived. */
export const END_OF_SCRIPT = activity('config');
