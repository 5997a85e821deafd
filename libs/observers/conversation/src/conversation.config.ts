import { IsInt, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

export class ConversationConfig {
  @Setting({
    doc: 'An interruption after which no words of the caller come for this long was a false one, in milliseconds; counted from when the caller fell silent.',
  })
  @IsInt()
  @Min(500)
  @Max(600_000)
  falseInterruptionMs = 5000;
}
