import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

export class EchoConfig {
  @Setting({ doc: 'Say the spoken greeting; otherwise only the tone is played.' })
  @IsBoolean()
  greeting = true;

  @Setting({ doc: "Silence after which the caller's turn is over, in milliseconds." })
  @IsInt()
  @Min(100)
  @Max(5000)
  silenceMs = 600;

  @Setting({ doc: 'Longest turn that is repeated, in milliseconds; what was said later is not.' })
  @IsInt()
  @Min(1000)
  @Max(60_000)
  longestTurnMs = 20_000;
}
