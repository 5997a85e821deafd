import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bearerToken, isDirect, isDirectLoopback, sameSecret } from './doors.js';

function request(
  remoteAddress: string,
  headers: Record<string, string> = {},
  httpVersion = '1.1',
): IncomingMessage {
  return {
    httpVersion,
    socket: { remoteAddress },
    headers: { host: 'localhost:3000', ...headers },
  } as unknown as IncomingMessage;
}

describe('isDirectLoopback', () => {
  it('lets this machine in, by both families and names', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      expect(isDirectLoopback(request(address))).toBe(true);
    }
    for (const host of ['127.0.0.1:3000', '[::1]:3000', 'localhost']) {
      expect(isDirectLoopback(request('127.0.0.1', { host }))).toBe(true);
    }
  });

  it('lets nobody else in', () => {
    for (const address of ['10.0.0.1', '192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '']) {
      expect(isDirectLoopback(request(address))).toBe(false);
    }
  });

  it('sees a proxy or tunnel by any header that one would add', () => {
    for (const header of [
      'x-forwarded-for',
      'forwarded',
      'via',
      'x-real-ip',
      'cf-connecting-ip',
      'cf-ray',
      'x-forwarded-port',
      'ngrok-trace-id',
      'x-amzn-trace-id',
      'x-forwarded-proto',
      'client-ip',
      'front-end-https',
      'wl-proxy-client-ip',
      'x-host',
      'x-proxyuser-ip',
      'x-scheme',
    ]) {
      expect([header, isDirectLoopback(request('127.0.0.1', { [header]: 'x' }))]).toEqual([header, false]);
    }
  });

  it('sees a proxy that adds no header by the old HTTP that it speaks', () => {
    expect(isDirectLoopback(request('127.0.0.1', {}, '1.0'))).toBe(false);
    expect(isDirect(request('10.0.0.1', {}, '1.0'), 'private-network')).toBe(false);
    expect(isDirectLoopback(request('127.0.0.1', {}, '1.1'))).toBe(true);
  });

  it('does not believe a page that calls this machine by a name of its own', () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '']) {
      expect(isDirectLoopback(request('127.0.0.1', { host }))).toBe(false);
    }
  });
});

describe('isDirectLoopback and browsers', () => {
  it('lets a page of this machine in, and no page of another site', () => {
    const from = (origin: string) => isDirectLoopback(request('127.0.0.1', { origin }));
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'https://[::1]'])
      expect(from(origin)).toBe(true);
    for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null'])
      expect(from(origin)).toBe(false);
    expect(isDirectLoopback(request('127.0.0.1', { 'sec-fetch-site': 'cross-site' }))).toBe(false);
  });
});

describe('isDirect', () => {
  it('reaches as far as it is told', () => {
    for (const address of [
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.1',
      '192.168.1.1',
      '::ffff:10.0.0.1',
      'fd00::1',
    ]) {
      expect(isDirect(request(address), 'private-network')).toBe(true);
      expect(isDirect(request(address), 'this-machine')).toBe(false);
    }
    for (const address of ['172.32.0.1', '172.15.0.1', '11.0.0.1', '193.168.0.1', '2001:db8::1']) {
      expect(isDirect(request(address), 'private-network')).toBe(false);
    }
  });
});

describe('sameSecret', () => {
  it('is true for equal secrets only, and never for an empty one', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (given, expected) => {
        expect(sameSecret(given, expected)).toBe(given === expected && expected !== '');
      }),
    );
    expect(sameSecret('sesame', 'sesame')).toBe(true);
  });
});

describe('bearerToken', () => {
  it('reads the token whatever the case of the scheme', () => {
    const of = (authorization: string) => bearerToken(request('127.0.0.1', { authorization }));
    expect(of('Bearer abc')).toBe('abc');
    expect(of('bEARER  abc ')).toBe('abc');
    for (const bad of ['Basic abc', 'Bearer', 'Bearer a b', 'abc', '']) expect(of(bad)).toBeNull();
  });
});
