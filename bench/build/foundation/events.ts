import { EventEmitter } from 'node:events';
import { log } from './observability/logger.js';

export interface DomainEvent {
  kind: string;
  id: string;
  at: number;
  by: string | null;
}

const bus = new EventEmitter();
const recent: DomainEvent[] = [];
const MOST_RECENT = 500;

export function publish(kind: string, id: string, by: string | null = null) {
  const event: DomainEvent = { kind, id, at: Date.now(), by };
  recent.push(event);
  if (recent.length > MOST_RECENT) recent.shift();
  bus.emit(kind, event);
  bus.emit('any', event);
}

export function subscribe(kind: string, listener: (event: DomainEvent) => void) {
  bus.on(kind, listener);
  return () => bus.off(kind, listener);
}

export function recentEvents(kind?: string) {
  return kind === undefined ? [...recent] : recent.filter(event => event.kind === kind);
}

bus.on('error', error => log('error', 'a subscriber failed', { message: String(error) }));
