import { rejection } from './faults';
import type { Rejection } from './rejection';

/**
 * Why an event that kept its contract is in quarantine too: a view cannot fold it. It names the view and the kind of error; an
 * error's message could repeat a value, which is nobody's business there.
 */
export const foldFailed = (view: string, error: unknown): Rejection =>
  rejection('fold_failed', '', `${error instanceof Error ? error.name : 'an error'} while folding into ${view}`, `what ${view} can fold`, 'correct the feature view, or the event; then rebuild the state: npx headrace features fill');
