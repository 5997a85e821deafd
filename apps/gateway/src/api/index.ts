export { ApiModule } from './api.module.js';
export { readApiBodies } from './body-limits.js';
export { openApiPage } from './open-api.js';
