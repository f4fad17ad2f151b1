import { NoSuchKey } from '@aws-sdk/client-s3';
import { mendManifest } from '../../../../lib/runtime/erasure/batch-manifest';

const part = 'raw/dataset=accounts/v1/batch=accounts-v1-1/part-0000.ndjson.gz';

describe('the manifest of a batch whose part has changed', () => {
  it('is not missed where the file was refused after its first part had been written: nothing lists that part', async () => {
    const put = jest.fn();
    const get = async (): Promise<never> => await Promise.reject(new NoSuchKey({ message: 'The specified key does not exist.', $metadata: {} }));
    await mendManifest({ get, put }, part, { contentHash: 'a', records: 1 });
    expect(put).not.toHaveBeenCalled();
  });

  it('is waited for when S3 does not answer', async () => {
    const get = async (): Promise<never> => await Promise.reject(new Error('away'));
    await expect(mendManifest({ get, put: jest.fn() }, part, { contentHash: 'a', records: 0 })).rejects.toThrow('away');
  });
});
