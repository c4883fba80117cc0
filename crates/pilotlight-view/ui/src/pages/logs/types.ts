// The answers of the API that this page draws, by short names.

export type { LogBucket, LogDetail, LogList, LogRow, Missed } from '../../api/schema';
