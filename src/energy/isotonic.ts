/** A value with the weight that it has in a mean; the weight is above zero. */
export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

interface Block {
  readonly value: number;
  readonly weight: number;
  readonly length: number;
}

/**
 * The never-falling sequence nearest to the values by weighted least squares: pooled adjacent violators (Ayer et al.
 * 1955). As many values come back as went in.
 */
export const neverFallingFit = (values: readonly Weighted[]): readonly number[] => {
  const blocks: Block[] = [];
  for (const { value, weight } of values) {
    let block: Block = { value, weight, length: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.value > block.value; last = blocks.at(-1)) {
      blocks.pop();
      const both = last.weight + block.weight;
      block = {
        value: (last.value * last.weight + block.value * block.weight) / both,
        weight: both,
        length: last.length + block.length,
      };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ value, length }) => Array.from({ length }, () => value));
};
