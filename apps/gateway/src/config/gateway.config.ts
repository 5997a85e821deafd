import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';
import { defaultMaxCalls } from './machine.js';

/** What concerns the gateway as a whole; plug-ins have configuration classes of their own. */
export class GatewayConfig {
  @Setting({ env: 'PORT', doc: 'Port to listen on; 0 takes any free one.' })
  @IsInt()
  @Min(0)
  @Max(65_535)
  port = 3000;

  @Setting({ env: 'HOST', doc: 'Address to listen on.' })
  @IsString()
  host = '0.0.0.0';

  @Setting({
    env: 'PUBLIC_URL',
    doc: 'Origin that the outside world uses, such as https://voice.example.com. Signatures are computed from it, never from forwarded headers.',
  })
  @IsOptional()
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true })
  publicUrl: string | null = null;

  @Setting({
    env: 'AI_BACKEND',
    doc: 'Backend that answers: "openai-realtime" when OPENAI_API_KEY is set, otherwise "echo".',
  })
  @IsOptional()
  @IsString()
  aiBackend: string | null = null;

  @Setting({
    env: 'ADMIN_TOKEN',
    secret: true,
    doc: 'Bearer token for the pages and interfaces of the operator: 32 random characters, since guesses are told and not stopped; one that can be guessed is told at the start (ADMIN_TOKEN_WEAK). Unset: open to direct loopback connections only.',
  })
  @IsOptional()
  @IsString()
  adminToken: string | null = null;

  @Setting({
    env: 'MAX_CALLS',
    doc: 'Calls at the same time; further ones are refused politely. Default: by the size of the machine.',
  })
  @IsInt()
  @Min(1)
  maxCalls = defaultMaxCalls();

  @Setting({ env: 'DRAIN_SECONDS', doc: 'After SIGTERM running calls may go on for this long.' })
  @IsInt()
  @Min(0)
  drainSeconds = 3600;

  @Setting({
    env: 'LOG_LEVEL',
    doc: 'trace, debug, info, warn, error, fatal or silent. Who watched and stepped in is written at all of them but silent.',
  })
  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  logLevel = 'info';

  @Setting({
    env: 'LOG_PERSONAL_DATA',
    doc: "Write people's words, numbers and digits to the log. For development.",
  })
  @IsBoolean()
  logPersonalData = false;

  @Setting({
    env: 'DATA_DIR',
    doc: 'Folder for what is kept: the embedded database, recordings, and what waits for a database that is away.',
  })
  @IsString()
  dataDir = './data';

  @Setting({
    env: 'DATABASE_URL',
    secret: true,
    doc: 'Postgres for records, agents and orders to dial, such as postgres://user:password@host/database. Unset: an embedded database in DATA_DIR.',
  })
  @IsOptional()
  @IsString()
  databaseUrl: string | null = null;

  @Setting({
    env: 'REDIS_URL',
    secret: true,
    doc: 'Redis that paces outbound calls across processes. Unset: each process paces its own.',
  })
  @IsOptional()
  @IsString()
  redisUrl: string | null = null;

  @Setting({
    doc: 'Room on disk, in megabytes, for what is to be kept while the database is away; as much again for events of webhooks.',
  })
  @IsInt()
  @Min(1)
  spoolMaxMegabytes = 1024;

  @Setting({
    env: 'CALLER_HASH_KEY',
    secret: true,
    doc: 'Key of the irreversible hash by which AI vendors may tell callers apart. Unset: they are told nothing.',
  })
  @IsOptional()
  @IsString()
  callerHashKey: string | null = null;

  @Setting({
    doc: "Caller's sound kept while the AI is not there yet or is being brought back, in milliseconds.",
  })
  @IsInt()
  @Min(0)
  @Max(2000)
  earlyAudioMs = 2000;

  @Setting({ doc: 'Silence of an AI that is away before the caller hears a waiting tone, in milliseconds.' })
  @IsInt()
  @Min(200)
  fillerAfterMs = 1500;

  @Setting({ doc: 'Longest run of a function that the model calls, in milliseconds.' })
  @IsInt()
  @Min(100)
  toolTimeoutMs = 20_000;

  @Setting({ doc: 'A key that the caller presses interrupts the agent.' })
  @IsBoolean()
  keysInterrupt = true;

  @Setting({
    doc: 'After the last call of a drain the webhooks stay open this long, in milliseconds: platforms ask what comes after the call.',
  })
  @IsInt()
  @Min(0)
  lingerMs = 5000;

  @Setting({ doc: 'Time for a socket to be let in or refused, in milliseconds.' })
  @IsInt()
  @Min(100)
  authorizeTimeoutMs = 3000;

  @Setting({ doc: 'Pings go to every socket this often, in milliseconds; a peer that misses two is cut.' })
  @IsInt()
  @Min(1000)
  heartbeatMs = 10_000;

  @Setting({
    doc: 'Open sockets from one address. Platforms and tunnels bring many calls from few addresses; 0 means twice MAX_CALLS.',
  })
  @IsInt()
  @Min(0)
  maxSocketsPerAddress = 0;
}

/** Who answers calls. */
export class AgentConfig {
  @Setting({ env: 'AGENT_INSTRUCTIONS', doc: 'What the agent is told about its task.' })
  @IsString()
  instructions =
    'You are a friendly assistant on the telephone. Keep every answer to one or two short sentences. Ask when something is unclear.';

  @Setting({ env: 'AGENT_GREETING', doc: 'What the agent says first; empty: it waits for the caller.' })
  @IsOptional()
  @IsString()
  greeting: string | null = 'Hello, how can I help you?';

  @Setting({ env: 'AGENT_VOICE', doc: "Voice, by the backend's name. Unset: the backend's own setting." })
  @IsOptional()
  @IsString()
  voice: string | null = null;

  @Setting({
    env: 'AGENT_LANGUAGE',
    doc: 'Language of the caller as ISO 639-1, such as "en". Unset: the backend finds out.',
  })
  @IsOptional()
  @IsString()
  language: string | null = null;
}
