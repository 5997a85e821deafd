export { type Configuration, type Environment, loadConfiguration } from './config/configuration.js';
export { configReference } from './config/reference.js';
export { Gateway, type GatewayOptions } from './gateway.js';
