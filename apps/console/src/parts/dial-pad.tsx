const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;
const NAMES: Readonly<Record<string, string>> = { '*': 'Star', '#': 'Hash' };

/** The keys of a telephone. */
export function DialPad({ disabled, onPress }: { disabled: boolean; onPress: (digit: string) => void }) {
  return (
    <div>
      <p className="pad-head" id="pad-head">
        Keys{disabled && ', during a call'}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset's border and legend are not wanted. */}
      <div className="pad" role="group" aria-labelledby="pad-head">
        {KEYS.map((key) => (
          <button
            key={key}
            type="button"
            disabled={disabled}
            aria-label={NAMES[key] ?? key}
            onClick={() => onPress(key)}
          >
            {key}
          </button>
        ))}
      </div>
    </div>
  );
}
