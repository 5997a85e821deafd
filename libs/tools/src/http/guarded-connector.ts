import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { addressRefused } from '../errors.js';
import type { AddressRules } from './address-rules.js';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name, in the order in which they are to be tried. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolve: Resolve = (host) => systemLookup(host, { all: true, verbatim: true });

/**
 * Opens connections only to addresses that the rules allow. The addresses that were looked at are the ones that are connected to, so
 * a name that resolves to something else a moment later gains nothing. One refused address among several refuses the name.
 */
export function guardedConnector(
  rules: AddressRules,
  resolve: Resolve,
  timeoutMs: number,
): buildConnector.connector {
  const lookup = (plain: boolean): LookupFunction => {
    return (host, options, done) => {
      resolve(host).then(
        (addresses) => {
          const first = addresses[0];
          const refused = addresses.some(({ address }) => !rules.mayConnect(host, address, plain));
          if (first === undefined || refused) done(addressRefused(host), '', 0);
          else if (options.all) done(null, [...addresses]);
          else done(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => done(error, '', 0),
      );
    };
  };
  const connectPlain = buildConnector({ timeout: timeoutMs, lookup: lookup(true) });
  const connectTls = buildConnector({ timeout: timeoutMs, lookup: lookup(false) });
  return (options, done) => {
    const plain = options.protocol !== 'https:';
    // A host that is an address is not looked up.
    if (isIP(options.hostname) && !rules.mayConnect(options.hostname, options.hostname, plain)) {
      done(addressRefused(options.hostname), null);
      return;
    }
    (plain ? connectPlain : connectTls)(options, done);
  };
}
