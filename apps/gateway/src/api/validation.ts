import { Injectable, type PipeTransform, type ValidationError, ValidationPipe } from '@nestjs/common';
import { apiErrors } from './errors.js';

/** Checks bodies and queries against their classes. Unknown fields are refused: a misspelt one must not be silently without effect. */
export function validation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: false,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => apiErrors.invalid(sentences(errors)),
  });
}

function sentences(errors: readonly ValidationError[], at = ''): string[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const name = `${at}${property}`.slice(0, 100);
    const own = Object.values(constraints).map(
      (text) => `${name}: ${text.replace(`property ${property} should not exist`, 'is not a field')}.`,
    );
    return [...own, ...sentences(children, `${name}.`)];
  });
}

const ID = /^[\w.:@+-]{1,128}$/;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value) && !/^\.+$/.test(value);
}

/** Ids as they stand in a path. Whatever else is asked for is not there. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isId(value)) throw apiErrors.unknown('id');
    return value;
  }
}
