import { IsBoolean, IsInt, IsString, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';
import { IsTimeZone } from './checks.js';

/** Where agents come from. */
export class AgentsConfig {
  @Setting({
    env: 'AGENTS_DIR',
    doc: 'Folder of agents, one YAML file each, and of routes.yaml. It is watched: a change needs no restart.',
  })
  @IsString()
  folder = './config/agents';

  @Setting({ doc: 'Look into the folder. False: agents come from the API alone.' })
  @IsBoolean()
  watch = true;

  @Setting({
    doc: 'Interval at which the folder and the store are looked through for changes that nobody told of, in milliseconds.',
  })
  @IsInt()
  @Min(500)
  @Max(3_600_000)
  refreshMs = 5000;

  @Setting({
    env: 'AGENTS_TIME_ZONE',
    doc: 'Time zone of {{date}} and {{time}}, where the agent names none.',
  })
  @IsTimeZone()
  timeZone = 'UTC';
}
