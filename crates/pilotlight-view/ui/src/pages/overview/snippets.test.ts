import { describe, expect, it } from 'vitest';
import { endpointOf, listeningInWords, snippetsFor } from './snippets';

describe('the address to send to', () => {
  const otlp = (...addresses: string[]) => addresses.map((address) => ({ address, purpose: 'otlp' }));
  it('is that of HTTP, on this machine', () => {
    expect(endpointOf([...otlp('127.0.0.1:4317', '127.0.0.1:4318'), { address: '127.0.0.1:4316', purpose: 'page' }])).toBe('http://localhost:4318');
    expect(endpointOf(otlp('0.0.0.0:4317', '0.0.0.0:4318'))).toBe('http://localhost:4318');
    expect(endpointOf(otlp('[::1]:9001', '[::1]:9002'))).toBe('http://localhost:9002');
  });
  it('is another machine’s when it listens there', () => {
    expect(endpointOf(otlp('192.168.1.5:4318'))).toBe('http://192.168.1.5:4318');
  });
  it('is told with each host and port once', () => {
    expect(listeningInWords(otlp('127.0.0.1:4317', '[::1]:4317', '127.0.0.1:4318', '[::1]:4318'))).toBe('127.0.0.1 and [::1], ports 4317 and 4318');
    expect(listeningInWords(otlp('127.0.0.1:4317'))).toBe('127.0.0.1, port 4317');
  });
  it('is the usual one as long as nothing is known', () => {
    expect(endpointOf([])).toBe('http://localhost:4318');
  });
});

it('the span that is sent by hand is OTLP/JSON', () => {
  const curl = snippetsFor('http://localhost:4318', false, 'a'.repeat(32), 'b'.repeat(16)).find(({ key }) => key === 'curl')?.text ?? '';
  const body = /-d '(.*)'$/s.exec(curl)?.[1]?.replaceAll("'$now'", '1') ?? '';
  expect(JSON.parse(body).resourceSpans[0].scopeSpans[0].spans[0]).toMatchObject({ traceId: 'a'.repeat(32), startTimeUnixNano: '1' });
});

it('a token that senders need is asked for wherever something is to be copied', () => {
  const texts = (needsToken: boolean) => snippetsFor('http://localhost:4318', needsToken, 'a', 'b').map(({ key, text }) => [key, text.includes('Bearer')]);
  expect(Object.fromEntries(texts(true))).toMatchObject({ env: true, python: true, javascript: true, java: true, curl: true });
  expect(texts(false).some(([, asked]) => asked)).toBe(false);
});
