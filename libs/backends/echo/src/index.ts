import { defineBackend } from '#libs/contracts';
import { EchoBackend } from './echo.backend.js';
import { EchoConfig } from './echo.config.js';

export default defineBackend({
  name: 'echo',
  config: EchoConfig,
  create: (config) => new EchoBackend(config),
});
