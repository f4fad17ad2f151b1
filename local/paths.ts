import { join, resolve } from 'node:path';

/** The local cloud's files under a home directory. */
export interface Paths {
  readonly home: string;
  /** Everything that the emulator keeps. */
  readonly data: string;
  readonly temporary: string;
  readonly logs: string;
  readonly emulatorLog: string;
  readonly driverLog: string;
  readonly brokerLog: string;
  /** Process id and port of the running emulator, JSON. */
  readonly emulatorFile: string;
  /** The same of the event source driver. */
  readonly driverFile: string;
  /** The same of the Kafka broker, written once it answers. */
  readonly brokerFile: string;
  /** Everything that the Kafka broker keeps; there once it was asked for. */
  readonly brokerData: string;
}

export const pathsIn = (home: string): Paths => {
  const root = resolve(home);
  const data = join(root, 'local-cloud');
  const logs = join(root, 'logs');
  return {
    home: root,
    data,
    temporary: join(data, 'tmp'),
    logs,
    emulatorLog: join(logs, 'emulator.log'),
    driverLog: join(logs, 'event-source.log'),
    brokerLog: join(logs, 'kafka.log'),
    emulatorFile: join(root, 'emulator.pid.json'),
    driverFile: join(root, 'event-source.pid.json'),
    brokerFile: join(root, 'kafka.pid.json'),
    brokerData: join(data, 'kafka'),
  };
};
