import { describe, expect, it } from '@jest/globals';
import { lineTrouble } from './line-trouble.js';

const answering = (status: number, body: string) => async () => new Response(body, { status });

describe('why the gateway took no call', () => {
  it('is told in words when it is full, is being stopped or cannot be reached', async () => {
    const codes = await Promise.all(
      [
        answering(503, '{"status":"full","calls":3}'),
        answering(503, '{"status":"draining","calls":1}'),
        () => Promise.reject(new TypeError('Failed to fetch')),
        answering(502, '<html>Bad gateway</html>'),
      ].map(async (request) => (await lineTrouble(request))?.code),
    );
    expect(codes).toEqual(['full', 'draining', 'unreachable', 'unreachable']);
    expect((await lineTrouble(answering(503, '{"status":"full"}')))?.message).toContain('busy');
  });

  it('is not known when it takes calls', async () => {
    expect(await lineTrouble(answering(200, '{"status":"ready","calls":0}'))).toBeNull();
    expect(await lineTrouble(answering(200, '{"status":"constructor"}'))).toBeNull();
    expect(await lineTrouble(answering(200, 'null'))).toBeNull();
  });
});
