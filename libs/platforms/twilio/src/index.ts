import { definePlatform } from '#libs/contracts';
import { TwilioAdapter } from './twilio.adapter.js';
import { TwilioConfig } from './twilio.config.js';
import { twilioModule } from './twilio.module.js';

export * from './twilio.adapter.js';
export * from './twilio.config.js';

export default definePlatform({
  name: 'twilio',
  config: TwilioConfig,
  adapter: TwilioAdapter,
  module: twilioModule,
});
