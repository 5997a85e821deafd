import { IsOptional, IsString } from 'class-validator';
import { Setting } from '#libs/contracts';

export class MetricsConfig {
  @Setting({
    env: 'METRICS_TOKEN',
    secret: true,
    doc: 'Bearer token that Prometheus must present. Unset: only direct connections from this machine or a private network are served.',
  })
  @IsOptional()
  @IsString()
  token: string | null = null;
}
