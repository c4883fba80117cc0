// The answers of the API that this page draws, by short names.

export type {
  Attribute,
  BackLink,
  CriticalStretch,
  Link,
  LogRow,
  ResourceRef,
  ScopeRef,
  SpanDetail,
  SpanEvent,
  SpanRow,
  Trace,
  TraceFault,
  TraceLog,
} from '../../api/schema';
