import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessTokenFor } from '../../cli/access-token';

const signed = { name: 'local', authorization: { kind: 'iam' } } as const;
const withTokens = { name: 'staging', authorization: { kind: 'jwt', issuer: 'https://id.example.com', audience: ['app'] } } as const;
const directory = mkdtempSync(join(tmpdir(), 'headrace-token-'));
const fileWith = (text: string): string => {
  const file = join(directory, 'token.txt');
  writeFileSync(file, text);
  return file;
};

describe('the access token of a command', () => {
  afterEach(() => { delete process.env['HEADRACE_TOKEN']; });
  afterAll(() => { rmSync(directory, { recursive: true }); });

  it('is not asked for where requests are signed', () => {
    process.env['HEADRACE_TOKEN'] = 'a.b.c';
    expect(accessTokenFor(signed)).toBeUndefined();
    expect(() => accessTokenFor(signed, fileWith('a.b.c'))).toThrow('asks for signatures of AWS identities, not for tokens; leave --token-file out');
  });

  it('is that of the file and, without one, that of HEADRACE_TOKEN', () => {
    process.env['HEADRACE_TOKEN'] = 'a.b.c';
    expect(accessTokenFor(withTokens)).toBe('a.b.c');
    expect(accessTokenFor(withTokens, fileWith('Bearer d.e.f\n'))).toBe('d.e.f');
  });

  it.each([['none', undefined, /staging asks for an access token of https:\/\/id\.example\.com, made for app, and HEADRACE_TOKEN is not set/u], ['an empty file', '\n', /token\.txt is empty/u], ['something else', 'secret words', /token\.txt holds no access token/u]])('is asked for with how to give it, for %s', (_what, text, message) => {
    expect(() => accessTokenFor(withTokens, text === undefined ? undefined : fileWith(text))).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) as string }));
  });

  it('is never repeated in an error', () => {
    expect(() => accessTokenFor(withTokens, fileWith('secret words'))).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') as string }));
  });

  it('names a file that cannot be read', () => {
    expect(() => accessTokenFor(withTokens, join(directory, 'nowhere'))).toThrow(/--token-file .*nowhere cannot be read/u);
  });
});
