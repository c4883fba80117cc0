// Which stretch of time a page looks at, and whether it moves on with what comes.
import { type RangeName, chooseRange, ranges, useTimeRange, zoomOut } from '../state/range';
import { pause, useLive } from '../state/changes';
import { dateTime, milliseconds } from './formats';

/** The choice of the stretch; beside it the one that was zoomed into. */
export function TimeRangeChoice() {
  const { name, zoomed, question } = useTimeRange();
  return (
    <div class="row">
      {zoomed && (
        <span class="chip" title={zoomTitle(question.from_ms, question.to_ms)}>
          {zoomLabel(question.from_ms, question.to_ms)}
          <button type="button" class="chip-remove" onClick={zoomOut} aria-label="Zoom out">
            ×
          </button>
        </span>
      )}
      <select
        aria-label="Time range"
        value={zoomed ? '' : name}
        onChange={(event) => chooseRange(event.currentTarget.value as RangeName)}
      >
        {zoomed && <option value="">Zoomed in</option>}
        {(Object.keys(ranges) as RangeName[]).map((one) => (
          <option key={one} value={one}>
            {ranges[one].label}
          </option>
        ))}
      </select>
    </div>
  );
}

function zoomLabel(from: number | undefined, to: number | undefined): string {
  if (from !== undefined && to !== undefined) return `${dateTime(from).slice(5, 19)} + ${milliseconds(to - from)}`;
  if (from !== undefined) return `since ${dateTime(from).slice(5, 19)}`;
  return to === undefined ? '' : `until ${dateTime(to).slice(5, 19)}`;
}

function zoomTitle(from: number | undefined, to: number | undefined): string {
  return [from, to].map((ms) => (ms === undefined ? '…' : dateTime(ms))).join(' to ');
}

/** Holds all pages still, and lets them go on. */
export function LiveSwitch() {
  const { paused, waiting, connected } = useLive();
  return (
    <button
      type="button"
      class={paused ? 'live live-paused' : 'live'}
      aria-pressed={paused}
      onClick={() => pause(!paused)}
      title={paused ? 'Go on with what has come meanwhile' : 'Hold the page still; nothing is lost meanwhile'}
    >
      <span class={connected && !paused ? 'live-dot' : 'live-dot live-dot-off'} aria-hidden="true" />
      {paused ? (waiting ? 'Paused, news waiting' : 'Paused') : 'Pause'}
    </button>
  );
}

/** Both, as most pages have them beside their heading. */
export function TimeTools() {
  return (
    <>
      <LiveSwitch />
      <TimeRangeChoice />
    </>
  );
}
