import { examineTokens } from '../../../cli/doctor/token-issuer';
import { startTokenProvider } from '../../fixtures/token-provider';

const findingsOf = async (change: (issuer: string) => string, document: Readonly<Record<string, unknown>> = {}) => {
  const provider = await startTokenProvider('app', document);
  try {
    return await examineTokens({ authorization: { kind: 'jwt', issuer: change(provider.issuer), audience: ['app'] } });
  } finally {
    await provider.stop();
  }
};

describe('the provider of tokens that an environment names', () => {
  it('is looked for, and its keys', async () => {
    expect(await findingsOf((issuer) => issuer)).toEqual([{ check: 'token issuer', ok: true, found: expect.stringMatching(/, 1 key$/u) as string, remedy: null }]);
  });

  it.each([
    ['is not there', (issuer: string) => `${issuer}/realm`, /was not found: .*openid-configuration answers 404/u],
    ['calls itself by another name', (issuer: string) => `${issuer}/`, /calls itself "http:\/\/127\.0\.0\.1:\d+", and so do its tokens/u],
  ])('is wrong when it %s', async (_what, change, found) => {
    expect(await findingsOf(change)).toMatchObject([{ ok: false, found: expect.stringMatching(found) as string, remedy: expect.stringContaining('authorization.issuer') as string }]);
  });

  it('is wrong when it publishes no key that the gateway could use', async () => {
    expect(await findingsOf((issuer) => issuer, { jwks_uri: 'data:application/json,{"keys":[{"kty":"EC","kid":"1"}]}' })).toMatchObject([{ ok: false, found: expect.stringMatching(/publishes no RSA key/u) as string }]);
  });

  it('is nobody where requests are signed', async () => {
    expect(await examineTokens({ authorization: { kind: 'iam' } })).toEqual([]);
  });
});
