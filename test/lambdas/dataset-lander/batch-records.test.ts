import { describeBatchRecords } from './batch-records.suite';
import { recordsInMemory } from './fixture';

describeBatchRecords('in memory', recordsInMemory);
