import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';

export class RecordsConfig {
  @Setting({ doc: 'Keep every event of a call beside its record and its transcript.' })
  @IsBoolean()
  journal = true;

  @Setting({
    doc: 'Entries that the journal of one call may have; beginning and end of the call are in it even so.',
  })
  @IsInt()
  @Min(100)
  @Max(100_000)
  keptEvents = 5000;

  @Setting({
    doc: 'Entries of one kind in a second; further ones become a single entry that tells how many they were.',
  })
  @IsInt()
  @Min(1)
  @Max(1000)
  eventsPerSecond = 10;
}
