type Wire = Record<string, unknown>;

/** An event as it goes out. Null: this dialect does not have it. */
export type Dialect = (event: Wire) => Wire | null;

export const ga: Dialect = (event) => event;

const BETA_NAMES: Readonly<Record<string, string>> = {
  'conversation.item.added': 'conversation.item.created',
  'response.output_audio.delta': 'response.audio.delta',
  'response.output_audio.done': 'response.audio.done',
  'response.output_audio_transcript.delta': 'response.audio_transcript.delta',
  'response.output_audio_transcript.done': 'response.audio_transcript.done',
  'response.output_text.delta': 'response.text.delta',
  'response.output_text.done': 'response.text.done',
};

const BETA_CONTENT: Readonly<Record<string, string>> = { output_text: 'text', output_audio: 'audio' };

/**
 * How "OpenAI-compatible" servers speak: names of the beta, one `conversation.item.created`, `status_details` a plain string,
 * no usage and no rate limits. They take GA events from the client.
 */
export const compat: Dialect = (event) => {
  const type = String(event.type);
  if (type === 'conversation.item.done' || type === 'rate_limits.updated') return null;
  const out: Wire = { ...event, type: BETA_NAMES[type] ?? type };
  if (isWire(event.item)) out.item = betaItem(event.item);
  if (isWire(event.response)) out.response = betaResponse(event.response);
  return out;
};

function betaItem(item: Wire): Wire {
  const content = item.content;
  if (!Array.isArray(content)) return { object: 'realtime.item', ...item };
  const parts = content.map((part: Wire) => ({
    ...part,
    type: BETA_CONTENT[String(part.type)] ?? part.type,
  }));
  return { object: 'realtime.item', ...item, content: parts };
}

function betaResponse(response: Wire): Wire {
  const { usage: _usage, status_details: details, ...rest } = response;
  const output = Array.isArray(response.output) ? response.output.map((item: Wire) => betaItem(item)) : [];
  return { ...rest, output, status_details: isWire(details) ? detailText(details) : null };
}

function detailText(details: Wire): string {
  return isWire(details.error) ? String(details.error.message) : String(details.reason);
}

function isWire(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
