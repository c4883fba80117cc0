// The answers of the API that this page draws, by short names.

export type { ExceptionExample, ExceptionGroup, ExceptionList } from '../../api/schema';
