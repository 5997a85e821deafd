import { afterEach, describe, expect, it } from '@jest/globals';
import { boot, closeAll } from './boot.js';

const file = (quality: string) => `
platforms: {twilio: {}}
backends: {echo: {}}
observers: {quality: ${quality}}
`;

describe('thresholds of the quality monitor', () => {
  afterEach(closeAll);

  it.each([
    ['{thresholds: {nose: 20}}', /"nose" is no kind/],
    ['{thresholds: {noise: "20"}}', /noise must be a number/],
    ['{thresholds: {noise: .nan}}', /noise must be a number/],
    ['{thresholds: [20]}', /thresholds/],
    ['{thresholdsFor: {twilio: null}}', /twilio: must be a list/],
    ['{thresholdsFor: {twilio/agnet: {noise: 10}}}', /"agnet" in "twilio\/agnet" is no track/],
    ['{thresholdsFor: {twilio/caller/x: {noise: 10}}}', /more parts/],
    ['{thresholdsFor: {twillio: {noise: 10}}}', /"twillio" names no platform/],
    ['{thresholdsFor: {caller/twilio: {noise: 10}}}', /no track/],
    ['{stalledAfterMs: 1000000000000}', /stalledAfterMs/],
    ['{tresholds: {}}', /did you mean thresholds/],
  ])('stop the start and are named when they are wrong: %s', async (quality, words) => {
    await expect(boot({}, { yaml: file(quality) })).rejects.toThrow(words);
  });

  it.each([
    '{thresholds: {noise: 15, clipping: null}}',
    '{thresholdsFor: {caller: {noise: 10}, twilio/agent: {score: 50}}}',
  ])('are taken when they are right: %s', async (quality) => {
    await expect(boot({}, { yaml: file(quality) })).resolves.toBeDefined();
  });
});
