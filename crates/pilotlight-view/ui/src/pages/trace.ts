// The pages of `trace.js`: one trace, logs and exceptions.
export { default as ExceptionsPage } from './exceptions/exceptions';
export { default as LogsPage } from './logs/logs';
export { default as TracePage } from './trace/trace';
