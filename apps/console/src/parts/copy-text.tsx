import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { CheckIcon, CopyIcon } from './icons.js';

/** Something to paste elsewhere. */
export function CopyText({ text }: { text: string }) {
  return (
    <span className="copy">
      <code>{text}</code>
      <Copy text={text} name={`Copy ${text}`} />
    </span>
  );
}

/** Several lines to paste elsewhere as a whole, under a line that says where. */
export function Snippet({ where, text }: { where: string; text: string }) {
  return (
    <figure className="snippet">
      <figcaption>
        {where} <Copy text={text} name={`Copy what belongs there: ${where}`} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
    </figure>
  );
}

function Copy({ text, name }: { text: string; name: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy'}>
          <ActionIcon
            size="sm"
            variant="subtle"
            color={copied ? 'green' : 'gray'}
            aria-label={copied ? 'Copied' : name}
            onClick={copy}
          >
            {copied ? <CheckIcon size={15} /> : <CopyIcon size={15} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
