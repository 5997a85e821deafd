import { IsInt, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

export class LoopbackConfig {
  @Setting({ doc: 'How long a connection may stay without its start message, in milliseconds.' })
  @IsInt()
  @Min(100)
  @Max(60_000)
  startTimeoutMs = 5000;
}
