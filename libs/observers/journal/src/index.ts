import { defineObserver } from '#libs/contracts';
import { JournalConfig } from './journal.config.js';
import { JournalObserver } from './journal.observer.js';

export default defineObserver({
  name: 'journal',
  config: JournalConfig,
  create: (config, host) => new JournalObserver(config, host),
});
