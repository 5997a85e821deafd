/** Spearman's rank correlation, -1 ... 1; equal values share the mean of their ranks. NaN where one side is all equal. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranksA = ranksOf(a);
  const ranksB = ranksOf(b);
  const mean = (a.length + 1) / 2;
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = ranksA[i]! - mean;
    const y = ranksB[i]! - mean;
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return product / Math.sqrt(squaresA * squaresB);
}

function ranksOf(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
