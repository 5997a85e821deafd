export { type Configuration, type Environment, loadConfiguration } from './config/configuration.js';
export { Gateway } from './gateway.js';
