import { IsInt, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

export class BrowserConfig {
  @Setting({ doc: 'How long a browser may stay without its start message, in milliseconds.' })
  @IsInt()
  @Min(100)
  @Max(60_000)
  startTimeoutMs = 5000;

  @Setting({
    doc: 'After how many milliseconds without sound silence takes its place, as when a laptop sleeps or the microphone is changed.',
  })
  @IsInt()
  @Min(100)
  @Max(10_000)
  gapFillAfterMs = 400;
}
