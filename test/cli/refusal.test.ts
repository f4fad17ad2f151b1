import { refusal } from '../../cli/commands/predict';
import { momentOf } from '../../core/model/moment';
import { lateArrival } from '../fixtures/flights';

describe('a refusal of the API, on the command line', () => {
  it('names the option that can be typed, and not the member of a body', () => {
    const newest = Date.parse('2001-06-01T12:05:00Z');
    const refused = momentOf({ at: newest - 1, allowNewerState: false }, newest + 60_000, [newest], 'instances/0');
    if (refused.ok) throw new Error('it was answered');
    const error = refusal({ status: 409, body: refused.problem }, lateArrival);
    expect(error).toMatchObject({ message: 'The API refused the request (409): --at must be after 2001-06-01T12:05:00.000Z, as the state holds later events and cannot tell what it was before them.', exitCode: 1 });
    expect(error.next).toContain('--allow-newer-state');
    expect(`${error.message} ${error.next ?? ''}`).not.toContain('allowNewerState');
  });
});
