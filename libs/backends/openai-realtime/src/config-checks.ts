import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { TOKEN_KINDS } from '#libs/contracts';

@ValidatorConstraint({ name: 'prices' })
export class ArePrices implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (!isPlainObject(value)) return false;
    return Object.values(value).every(
      (prices) =>
        isPlainObject(prices) &&
        Object.entries(prices).every(
          ([kind, price]) =>
            (TOKEN_KINDS as readonly string[]).includes(kind) && typeof price === 'number' && price >= 0,
        ),
    );
  }

  defaultMessage(): string {
    return `must map a model to dollars for a million tokens of: ${TOKEN_KINDS.join(', ')}`;
  }
}

@ValidatorConstraint({ name: 'outputTokens' })
export class IsOutputLimit implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return (
      value === 'inf' || (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 4096)
    );
  }

  defaultMessage(): string {
    return 'must be a whole number from 1 to 4096, or "inf"';
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
