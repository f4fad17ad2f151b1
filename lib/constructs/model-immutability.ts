import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Versions of models are written once: whoever puts a file or its metadata has to say that there is none yet, and whoever
 * changes which versions serve, that the record is as it was read. Parts of uploads carry no conditions; their end does.
 * Source: Amazon S3 user guide, "Enforce conditional writes on Amazon S3 buckets".
 */
export const writeModelsOnce = (models: Bucket): void => {
  const refuse = (sid: string, files: readonly string[], missing: Readonly<Record<string, 'true'>>): void => {
    models.addToResourcePolicy(new PolicyStatement({
      sid, effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['s3:PutObject'], resources: files.map((file) => models.arnForObjects(file)),
      conditions: { Null: missing, Bool: { 's3:ObjectCreationOperation': 'true' } },
    }));
  };
  refuse('VersionsAreWrittenOnce', ['models/*/model.onnx', 'models/*/metadata.json', 'models/*/endpoint/*'], { 's3:if-none-match': 'true' });
  refuse('RolesChangeFromWhatWasRead', ['models/*/champion.json'], { 's3:if-none-match': 'true', 's3:if-match': 'true' });
};
