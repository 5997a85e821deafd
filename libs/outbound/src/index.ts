export { OutboundConfig } from './outbound.config.js';
export { OutboundDesk, type OutboundDeskOptions } from './outbound-desk.js';
export { outboundSetup } from './setup.js';
