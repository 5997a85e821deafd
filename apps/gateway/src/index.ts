export { type Configuration, loadConfiguration } from './config/configuration.js';
export { Gateway } from './gateway.js';
