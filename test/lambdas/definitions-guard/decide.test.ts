import { changedOnline, notRecorded, refusal } from '../../../lambdas/definitions-guard/decide';

const previous = { 'event/flight.landed@v1': 'a', 'view/departures@v1': 'b' };

describe('the definitions guard', () => {
  it('agrees to a first deploy, to new definitions, to new versions and to removed ones', () => {
    expect(changedOnline({ type: 'Create', requested: previous, previous: {}, ephemeral: false })).toEqual([]);
    expect(changedOnline({ type: 'Update', requested: { ...previous, 'event/flight.landed@v2': 'c' }, previous, ephemeral: false })).toEqual([]);
    expect(changedOnline({ type: 'Update', requested: { 'view/departures@v1': 'b' }, previous, ephemeral: false })).toEqual([]);
    expect(changedOnline({ type: 'Delete', requested: {}, previous: {}, ephemeral: false })).toEqual([]);
  });

  it('names the definitions whose content changed under an online version', () => {
    const requested = { 'event/flight.landed@v1': 'changed', 'view/departures@v1': 'b' };
    expect(changedOnline({ type: 'Update', requested, previous, ephemeral: false })).toEqual(['event/flight.landed@v1']);
  });

  it('lets an ephemeral environment change what it likes', () => {
    expect(changedOnline({ type: 'Update', requested: { 'event/flight.landed@v1': 'changed' }, previous, ephemeral: true })).toEqual([]);
  });

  it('does not refuse the former definitions, which CloudFormation asks for again when a deploy was refused', () => {
    const refused = { ...previous, 'event/flight.landed@v1': 'changed' };
    const changed = changedOnline({ type: 'Update', requested: previous, previous: refused, ephemeral: false });
    expect(changed).toEqual(['event/flight.landed@v1']);
    expect(notRecorded(changed, previous, previous)).toEqual([]);
    expect(notRecorded(['event/flight.landed@v1'], refused, previous)).toEqual(['event/flight.landed@v1']);
  });

  it('says what to do', () => {
    expect(refusal(['event/flight.landed@v1'], 'staging')).toMatch(/event\/flight\.landed@v1.*new version/u);
  });
});
