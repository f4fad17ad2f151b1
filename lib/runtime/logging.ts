import { Logger } from '@aws-lambda-powertools/logger';

/**
 * The log of a Lambda: JSON lines with the service's name and the request. What is logged are counts, places and reasons,
 * never an event or a part of one: events may speak of people.
 */
export const logger = new Logger();

/** Logs a fault by its name, message and stack. Nothing else that an error carries, such as a service's answer, gets into the log. */
export const logFault = (message: string, error: unknown): void => {
  logger.error(message, error instanceof Error ? { fault: error.name, reason: error.message, stack: error.stack } : { reason: String(error) });
};
