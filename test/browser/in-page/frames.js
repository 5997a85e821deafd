// Counts the pictures that the page draws in so many milliseconds, and the longest time without one.
(durationMs) =>
  new Promise((resolve) => {
    let count = 0;
    let longestMs = 0;
    let firstMs = null;
    let lastMs = 0;
    const onFrame = (nowMs) => {
      firstMs ??= nowMs;
      if (count > 0) longestMs = Math.max(longestMs, nowMs - lastMs);
      lastMs = nowMs;
      count++;
      if (nowMs - firstMs < durationMs) requestAnimationFrame(onFrame);
      else resolve({ perSecond: ((count - 1) * 1000) / (nowMs - firstMs), longestMs });
    };
    requestAnimationFrame(onFrame);
  });
