import { IsInt, IsNumber, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

/** How events are told. */
export class WebhooksConfig {
  @Setting({ doc: 'An endpoint must have answered within this time, in milliseconds.' })
  @IsInt()
  @Min(100)
  @Max(30_000)
  timeoutMs = 10_000;

  @Setting({ doc: 'An event that could not be delivered is tried again for so many hours, then given up.' })
  @IsNumber()
  @Min(0.001)
  @Max(168)
  retryHours = 24;

  @Setting({ doc: 'Deliveries to one endpoint at the same time, each of another call.' })
  @IsInt()
  @Min(1)
  @Max(64)
  atOnce = 4;

  @Setting({ doc: 'An endpoint that has failed for this long, in milliseconds, is left alone for a while.' })
  @IsInt()
  @Min(1000)
  pauseAfterMs = 300_000;

  @Setting({ doc: 'For this long, in milliseconds; then one event is tried.' })
  @IsInt()
  @Min(100)
  pauseForMs = 900_000;
}
