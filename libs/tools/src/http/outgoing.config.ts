import { IsArray, IsInt, IsString, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

/** The way out to addresses that users set: tools, look-ups, webhooks. */
export class OutgoingConfig {
  @Setting({
    env: 'OUTGOING_ALLOWED_HOSTS',
    doc: 'Hosts, addresses and networks (crm.internal, *.internal, 10.1.0.0/16) that tools, look-ups and webhooks may use although they are private or without TLS. Metadata and link-local addresses are allowed only by address.',
  })
  @IsArray()
  @IsString({ each: true })
  allowedHosts: string[] = [];

  @Setting({ doc: 'Longest time until a connection to a tool, look-up or webhook stands, in milliseconds.' })
  @IsInt()
  @Min(100)
  @Max(60_000)
  connectTimeoutMs = 5000;

  @Setting({
    doc: 'Connections to one tool, look-up or webhook server at the same time; further requests wait.',
  })
  @IsInt()
  @Min(1)
  @Max(1000)
  maxConnections = 32;
}
