import { IsInt, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

/** Bounds of the REST interface. */
export class ApiConfig {
  @Setting({
    env: 'API_REQUESTS_PER_MINUTE',
    doc: 'Requests under /api that one token, log-in or address may make in a minute; further ones are answered with 429.',
  })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  requestsPerMinute = 600;
}
