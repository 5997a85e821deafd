import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { boundedAnswer } from '../answer-text.js';

type Content = CallToolResult['content'][number];

/** A server's result as the model reads it: its text, bounded; what is no text is named. */
export function mcpText(result: CallToolResult): string {
  const parts = result.content.map(partText).filter((part) => part.trim() !== '');
  if (parts.length === 0 && result.structuredContent !== undefined) {
    parts.push(JSON.stringify(result.structuredContent));
  }
  const text = parts.length === 0 ? 'Done. The service gave no further answer.' : parts.join('\n');
  return boundedAnswer(result.isError === true ? `The service did not do it. It says: ${text}` : text);
}

function partText(part: Content): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
      return '[An image, which cannot be shown here.]';
    case 'audio':
      return '[A sound, which cannot be played here.]';
    case 'resource':
      return 'text' in part.resource ? part.resource.text : '[A file, which cannot be read here.]';
    case 'resource_link':
      return `[A link to ${part.name}]`;
    default:
      return '';
  }
}
