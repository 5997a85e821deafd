// The other end of part.mjs: answers what the conducting process asks, and never outlives it.

/** `answers` maps a question's name to a function of its options; what it returns, or resolves to, is the answer. */
export function answer(answers) {
  process.on('message', async ({ id, what, options }) => {
    try {
      process.send({ id, result: (await answers[what](options)) ?? null });
    } catch (thrown) {
      process.send({ id, failure: thrown instanceof Error ? thrown.stack : String(thrown) });
    }
  });
  process.on('disconnect', () => process.exit());
}

/** Milliseconds of the system's monotonic clock, which is the same in every process. */
export function nowMs() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
