import type { BatchStatus } from '../../../core/dataset/batch';
import type { BatchRecords } from '../../../lib/runtime/batch-records';
import { csv, referenceTo } from './fixture';

/** What batch records promise, whatever keeps them. */
export const describeBatchRecords = (name: string, make: () => BatchRecords): void => {
  describe(`batch records ${name}`, () => {
    // Each test has a batch of its own: the store may be one that remembers.
    let number = 0;
    const next = (): string => { number += 1; return `${csv}${name}${number}`; };

    const at = async (records: BatchRecords, content: string, status: BatchStatus, attempt = 1): Promise<void> => {
      await records.begin(referenceTo(content, attempt), 1000);
      if (status !== 'landing') await records.move(referenceTo(content, attempt), ['landing'], { status });
    };

    it('are taken in once, and keep the moment of it', async () => {
      const [records, content] = [make(), next()];
      await expect(records.begin(referenceTo(content), 1000)).resolves.toEqual({ ...referenceTo(content), status: 'landing', arrival: 1000 });
      await expect(records.begin(referenceTo(content, 2), 2000)).resolves.toEqual({ ...referenceTo(content, 2), status: 'landing', arrival: 1000 });
    });

    it('read back what was written', async () => {
      const [records, content] = [make(), next()];
      const { dataset, batch } = referenceTo(content);
      await expect(records.get(dataset, batch)).resolves.toBeUndefined();
      await at(records, content, 'landing');
      const change = { status: 'landed', rows: 2, rejected: 0, contentHash: 'c', contractHash: 'k', manifestHash: 'm' } as const;
      await expect(records.move(referenceTo(content), ['landing'], change)).resolves.toEqual({ ...referenceTo(content), arrival: 1000, ...change });
      await expect(records.get(dataset, batch)).resolves.toEqual({ ...referenceTo(content), arrival: 1000, ...change });
      await expect(records.list(dataset)).resolves.toContainEqual({ ...referenceTo(content), arrival: 1000, ...change });
    });

    it('move only from where the step expects them', async () => {
      const [records, content] = [make(), next()];
      await at(records, content, 'landed');
      await expect(records.move(referenceTo(content), ['verified'], { status: 'committed' })).resolves.toMatchObject({ status: 'landed' });
      await expect(records.move(referenceTo(content), ['landing', 'landed'], { status: 'verified' })).resolves.toMatchObject({ status: 'verified' });
    });

    it('move only for the attempt that has them', async () => {
      const [records, content] = [make(), next()];
      await at(records, content, 'landed');
      await at(records, content, 'verified', 2);
      await expect(records.move(referenceTo(content, 1), ['verified'], { status: 'committed' })).resolves.toMatchObject({ status: 'verified', attempt: 2 });
      await expect(records.begin(referenceTo(content, 1), 3000)).resolves.toMatchObject({ status: 'verified', attempt: 2 });
    });

    it('stay as they are once they are committed', async () => {
      const [records, content] = [make(), next()];
      await at(records, content, 'verified');
      await records.move(referenceTo(content), ['verified'], { status: 'committed', committedAt: 5000 });
      await expect(records.begin(referenceTo(content, 2), 6000)).resolves.toMatchObject({ status: 'committed', attempt: 1, committedAt: 5000 });
      await expect(records.move(referenceTo(content), ['verified'], { status: 'committed', committedAt: 7000 })).resolves.toMatchObject({ committedAt: 5000 });
    });

    it('forget why they were refused when they are tried again', async () => {
      const [records, content] = [make(), next()];
      await at(records, content, 'landing');
      await records.move(referenceTo(content), ['landing'], { status: 'refused', refusal: 'torn' });
      await expect(records.get(referenceTo(content).dataset, referenceTo(content).batch)).resolves.toMatchObject({ refusal: 'torn' });
      await expect(records.begin(referenceTo(content, 2), 2000)).resolves.not.toHaveProperty('refusal');
    });

    it('let one of two attempts at once through', async () => {
      const [records, content] = [make(), next()];
      await at(records, content, 'verified');
      const both = await Promise.all([records.move(referenceTo(content), ['verified'], { status: 'committed', committedAt: 1 }), records.move(referenceTo(content), ['verified'], { status: 'committed', committedAt: 2 })]);
      expect(new Set(both.map(({ committedAt }) => committedAt)).size).toBe(1);
    });
  });
};
