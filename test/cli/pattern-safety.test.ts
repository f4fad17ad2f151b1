import { unsafePatterns } from '../../cli/pattern-safety';
import { entity, event, string } from '../../core/definition';
import { manifestOf } from '../fixtures/contracts';

const problems = (pattern: string): readonly string[] =>
  unsafePatterns(manifestOf({ paid: event('payment.made', { version: 1, partitionBy: 'card', fields: { card: string({ pattern }) } }) })).map(({ definition, problem }) => `${definition} ${problem}`);

describe('patterns of definitions', () => {
  it.each(['^[A-Z]{2}-\\d+$', '^[^@]+@[^@]+$', '^\\d{4}-\\d\\d-\\d\\d$', '\\p{Lu}', '^(?:AA|BB)[0-9]{1,6}$'])('%s is safe', (pattern) => {
    expect(problems(pattern)).toEqual([]);
  });

  it.each(['(a+)+$', '(x+x+)+y', '^\\s*(.*?)\\s*$', '^(\\w+\\s?)*$', '^(a|aa)+$', '(.*)(.*)(.*)x'])('%s could hold up a shard', (pattern) => {
    const [problem] = problems(pattern);
    expect(problem).toContain(`event payment.made@v1 has a field 'card' whose pattern ${pattern} takes time`);
    expect(problem).toContain('anchor it with ^ and $');
  });

  it('of keys are looked at too', () => {
    expect(unsafePatterns(manifestOf({ card: entity('card', { id: string({ pattern: '(a+)+$' }) }) })).map(({ definition }) => definition)).toEqual(['entity card']);
  });

  it('cost nothing where there are none', () => {
    expect(unsafePatterns(manifestOf({ paid: event('payment.made', { version: 1, partitionBy: 'card', fields: { card: string() } }) }))).toEqual([]);
  });
});
