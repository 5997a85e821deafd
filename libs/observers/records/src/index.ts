import { defineObserver } from '#libs/contracts';
import { RecordsConfig } from './records.config.js';
import { RecordsObserver } from './records.observer.js';

export default defineObserver({
  name: 'records',
  config: RecordsConfig,
  create: (config, host) => new RecordsObserver(config, host),
});
