import { count, entity, eq, event, featureView, int, optional, over, string, sum } from 'headrace';
import { compile } from '../../../../core/manifest/compile';
import { applicationName, environmentSql, flinkSql } from '../../../../core/window/flink';

const read = event('meter.read', { version: 1, partitionBy: 'meter', fields: { meter: string(), level: int() } });
const later = event('meter.read', { version: 2, partitionBy: 'meter', fields: { meter: string(), level: int(), place: optional(string()) } });
const meter = entity('meter', { id: string() });
const text = "it's; the end;\n\nINSERT `ü` \u{1f6e9}";
const view = featureView('levels', { version: 1, entity: meter, from: later, engine: 'flink', by: (row) => ({ id: row.meter }), features: (row) => [over(['1h', '24h'], { n: count({ where: eq(row.place, text) }), total: sum(row.level) })] });

const sqlOf = (definitions: Readonly<Record<string, unknown>>): string | undefined => {
  const compiled = compile(definitions);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return flinkSql(compiled.manifest, { streamRetention: 86_400_000 });
};

describe('the job of the views that Flink works out', () => {
  const sql = sqlOf({ read, later, meter, view }) ?? '';
  // As the runner takes it apart.
  const statements = sql.split(/;\s*\n/u).map((each) => each.trim()).filter((each) => each !== '');

  it('is none where no view asks for it', () => {
    expect(sqlOf({ later, meter, view: { ...view, engine: 'lambda' } })).toBeUndefined();
  });

  it('has statements that each begin as one, whatever texts the definitions hold', () => {
    expect(statements.filter((each) => !/^(?:SET '[^']+' = '[^']*'$|CREATE TABLE |CREATE TEMPORARY VIEW |INSERT INTO partials\n)/u.test(each))).toEqual([]);
    expect(statements.filter((each) => each.startsWith('INSERT'))).toHaveLength(1);
    expect(sql).toContain(String.raw`U&'it''s; the end;\000a\000aINSERT ` + String.raw`${'`'}\00fc${'`'} \d83d\dee9'`);
  });

  it('reads events of all versions that the view can read, each by the fields that it has', () => {
    expect(sql).toContain("contract IN ('meter.read@v1', 'meter.read@v2')");
    expect(sql).toContain('COALESCE(data.`meter.read@v1`.`level`, data.`meter.read@v2`.`level`)');
    expect(sql).toContain('`meter.read@v1` ROW<`meter` STRING, `level` DOUBLE>');
    expect(sql).toContain('data.`meter.read@v2`.`place`');
  });

  it('sums doubles by way of whole numbers: a decimal that Flink makes of a double has but the digits of its text', () => {
    expect(sql).toMatch(/SUM\(CAST\(CAST\(v\d+ AS BIGINT\) AS DECIMAL\(19, 0\)\)\)/u);
    expect(sql).not.toMatch(/SUM\(CAST\(v\d+ AS DECIMAL/u);
  });

  it('is another application when views mean something else or less is remembered, and the same one when it is worked out again', () => {
    const names = { flink: 'headrace-test-features' };
    const nameOf = (definitions: Readonly<Record<string, unknown>>, streamRetentionHours = 24): string => {
      const compiled = compile(definitions);
      return applicationName(names, (compiled.ok && environmentSql(compiled.manifest, { streamRetentionHours })) || '');
    };
    const name = nameOf({ read, later, meter, view });
    expect(name).toMatch(/^headrace-test-features-[0-9a-f]{8}$/u);
    expect(nameOf({ view, meter, later, read })).toBe(name);
    expect(nameOf({ read, later, meter, view: { ...view, owner: 'somebody' } })).toBe(name);
    const others = [nameOf({ read, later, meter, view: { ...view, version: 2 } }), nameOf({ read, later, meter, view }, 48)];
    expect(new Set([name, ...others]).size).toBe(3);
  });

  it('keeps a hop for as long as its widest window reaches and the stream keeps records', () => {
    expect(sql).toContain(`STATE_TTL('hops' = '${24 * 3600 + 3600 + 86_400} s')`);
    expect(sql).toContain("'table.exec.state.ttl' = '86400 s'");
  });
});
