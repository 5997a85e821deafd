import { IsBoolean } from 'class-validator';
import { Setting } from '#libs/contracts';

export class JournalConfig {
  @Setting({
    doc: 'Also log what was said, at level debug. Words stand under "pii" and are redacted unless LOG_PERSONAL_DATA is true.',
  })
  @IsBoolean()
  transcripts = false;
}
