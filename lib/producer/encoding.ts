import type { Event } from '../../core/definition/source';

/** An event as it goes on the stream: CloudEvents 1.0, JSON format. */
export interface SentEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly dataschema?: string;
  readonly recordedtime?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Writes an event of a declared type as bytes. */
export type EncodeEvent = (type: Event, event: SentEvent) => Promise<Uint8Array> | Uint8Array;

/** Plain CloudEvents JSON: any consumer reads it, and it names its contract's version. */
export const plainJson: EncodeEvent = (_type, event) => Buffer.from(JSON.stringify(event), 'utf8');
