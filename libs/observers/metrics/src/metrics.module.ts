import { Module } from '@nestjs/common';

/** Its provider and controller come with the configuration, in index.ts. */
@Module({})
export class MetricsModule {}
