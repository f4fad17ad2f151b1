import type { BatchRecord, BatchReference } from './batch';

/**
 * How a step ended. `done`: go on; `committed`: there is nothing left to do, as another attempt has finished or nothing is
 * new; `superseded`: a later attempt has taken the batch over; `refused`: trying again does not mend it. What a retry may
 * mend is thrown.
 */
export interface StepResult extends BatchReference {
  readonly outcome: 'done' | 'committed' | 'superseded' | 'refused';
  readonly rows?: number;
  readonly rejected?: number;
  readonly refusal?: string;
}

/**
 * What a step gives after it has moved its batch on.
 *
 * @param record as it stands afterwards, moved by this attempt or by another
 * @param wanted what this step moves a batch to
 * @throws Error when the record is where nothing but another execution of the same attempt can have brought it
 */
export const stepResultOf = (reference: BatchReference, record: BatchRecord, wanted: BatchRecord['status']): StepResult => {
  const { rows, rejected } = record;
  const counts = { ...(rows === undefined ? {} : { rows }), ...(rejected === undefined ? {} : { rejected }) };
  if (record.status === 'committed' && wanted !== 'committed') return { ...reference, outcome: 'committed', ...counts };
  if (record.attempt !== reference.attempt) return { ...reference, outcome: record.status === 'committed' ? 'committed' : 'superseded', ...counts };
  if (record.status !== wanted) throw new Error(`batch ${reference.batch} is ${record.status} where ${wanted} was expected; another execution works on the same attempt.`);
  return { ...reference, outcome: 'done', ...counts };
};
