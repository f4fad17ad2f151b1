import { signedHeaders } from '../../../lib/runtime/signature';

describe('AWS Signature Version 4', () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const scope = { service: 'service', region: 'us-east-1' };
  const at = new Date('2015-08-30T12:36:00Z');
  const signatureOf = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET', body = ''): string | undefined =>
    /Signature=([0-9a-f]+)$/u.exec(signedHeaders({ method, host: 'example.amazonaws.com', path, headers, body }, scope, credentials, at)['authorization'] ?? '')?.[1];

  // The examples and their signatures are those of AWS's Signature Version 4 test suite.
  it('signs the plain request of the published suite (get-vanilla)', () => {
    expect(signatureOf('/')).toBe('5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31');
  });
  it('sorts the query (get-vanilla-query-order-key-case)', () => {
    expect(signatureOf('/?Param2=value2&Param1=value1')).toBe('b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500');
  });
  it('signs headers (post-header-key-sort)', () => {
    expect(signatureOf('/', { 'my-header1': 'value1' }, 'POST')).toBe('c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c');
  });
  it('signs a session token along with the request, as temporary keys demand', () => {
    const headers = signedHeaders({ method: 'GET', host: 'example.amazonaws.com', path: '/', headers: {}, body: '' }, scope, { ...credentials, sessionToken: 'token' }, at);
    expect(headers['x-amz-security-token']).toBe('token');
    expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token');
  });
  it('signs the S3 request of the S3 API reference (GET bucket lifecycle)', () => {
    const headers = signedHeaders({ method: 'GET', host: 'examplebucket.s3.amazonaws.com', path: '/?lifecycle', headers: {}, body: '' }, { service: 's3', region: 'us-east-1' },
      { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }, new Date('2013-05-24T00:00:00Z'));
    expect(headers['authorization']).toMatch(/Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543$/u);
  });
  it('uses the key of the day, region and identity at hand, not the one before', () => {
    const vanilla = signatureOf('/');
    signedHeaders({ method: 'GET', host: 'h', path: '/', headers: {}, body: '' }, { service: 's3', region: 'eu-central-1' }, { ...credentials, secretAccessKey: 'other' }, new Date());
    expect(signatureOf('/')).toBe(vanilla);
  });
});
