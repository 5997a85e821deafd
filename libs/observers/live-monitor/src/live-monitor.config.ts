import { IsInt, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

export class LiveMonitorConfig {
  @Setting({ doc: 'Viewers that may be connected at once.' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxViewers = 200;

  @Setting({ doc: 'How far ahead of being heard the agent’s sound is sent to listeners, in milliseconds.' })
  @IsInt()
  @Min(40)
  @Max(1000)
  leadMs = 200;

  @Setting({ doc: 'Bytes that may wait in the socket of a viewer before sound for it is dropped.' })
  @IsInt()
  @Min(16_384)
  @Max(1_048_576)
  maxBufferedBytes = 262_144;

  @Setting({ doc: 'How often level meters are told while somebody watches the list, in milliseconds.' })
  @IsInt()
  @Min(100)
  @Max(10_000)
  levelsEveryMs = 250;

  @Setting({ doc: 'Events of a call that are kept for viewers who come later.' })
  @IsInt()
  @Min(10)
  @Max(10_000)
  keptEvents = 500;

  @Setting({ doc: 'Lines of a transcript that are kept.' })
  @IsInt()
  @Min(10)
  @Max(10_000)
  keptLines = 400;

  @Setting({ doc: 'Seconds of each track of which quality figures are kept.' })
  @IsInt()
  @Min(10)
  @Max(10_000)
  keptSamples = 300;

  @Setting({ doc: 'Ended calls that stay in the list, the newest.' })
  @IsInt()
  @Min(0)
  @Max(1000)
  endedCalls = 50;

  @Setting({ doc: 'How long an ended call stays in the list, in minutes.' })
  @IsInt()
  @Min(1)
  @Max(1440)
  endedMinutes = 10;
}
