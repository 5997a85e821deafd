import { type ConfigClass, settingsOf } from '#libs/contracts';
import type { Configuration } from './configuration.js';
import { AgentConfig, GatewayConfig } from './gateway.config.js';

const HEAD = `# Configuration

Settings live in a YAML file: \`config/default.yaml\`, or the file that \`PATCHBAY_CONFIG\` names. Every setting below with an
environment variable can be set there too; **the environment wins**. A wrong or unknown key, in the file or in the environment
under the prefix of a loaded plug-in (\`TWILIO_\`, \`OPENAI_\`, …), stops the start and is named.

A plug-in is loaded because it is named in the file, under \`platforms\`, \`backends\` or \`observers\`. A plain name is a folder
of this repository; a name with a slash or a dot is a package or file of your own.

While a platform's secret (or \`ADMIN_TOKEN\`) is not set, its door opens only to direct loopback connections that carry no
forwarding header. With the secret set it is always demanded.

Times end in \`Ms\` and are milliseconds. This page is generated from the configuration classes by \`npm run config:reference\`;
a test holds it equal to them.
`;

/** The reference of every setting of the gateway and of the plug-ins in `configuration`, as Markdown. */
export function configReference(configuration: Configuration): string {
  const sections = [
    section('gateway', GatewayConfig),
    section('agent', AgentConfig),
    ...configuration.platforms.map(({ definition }) =>
      section(`platforms.${definition.name}`, definition.config),
    ),
    ...configuration.backends.map(({ definition }) =>
      section(`backends.${definition.name}`, definition.config),
    ),
    ...configuration.observers.map(({ definition }) =>
      section(`observers.${definition.name}`, definition.config),
    ),
  ];
  return `${HEAD}${sections.join('')}`;
}

function section(name: string, type: ConfigClass): string {
  const defaults = new type() as Record<string, unknown>;
  const settings = settingsOf(type);
  if (settings.length === 0) return `\n## \`${name}\`\n\nNo settings.\n`;
  const rows = settings.map(({ key, env, secret, doc }) =>
    [
      `\`${key}\``,
      env ? `\`${env}\`` : '',
      shown(key, defaults[key]),
      `${doc}${secret ? ' **Secret.**' : ''}`,
    ]
      .map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' '))
      .join(' | '),
  );
  return `\n## \`${name}\`\n\n| key | environment | default | meaning |\n| --- | --- | --- | --- |\n${rows.map((row) => `| ${row} |\n`).join('')}`;
}

function shown(key: string, value: unknown): string {
  if (key === 'maxCalls') return 'by machine';
  if (value === null || value === undefined || value === '') return '–';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
