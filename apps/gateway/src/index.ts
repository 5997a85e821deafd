export { type Configuration, type Environment, loadConfiguration } from './config/configuration.js';
export { configReference } from './config/reference.js';
export { Gateway } from './gateway.js';
