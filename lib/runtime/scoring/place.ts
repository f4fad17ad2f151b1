import { S3Client } from '@aws-sdk/client-s3';
import { awsService } from '../aws-request';
import type { ModelFileEffects } from '../model/model-file';
import { openOnnx } from '../model/onnx-session';
import { objectReader } from '../object-reader';
import type { ObjectStore } from '../object-store';
import { s3Objects } from '../object-store';
import type { TrainingPlace, TrainingPlaceSettings } from '../training/place';
import { trainingPlace } from '../training/place';
import { rowsIn, type RowsStore } from './rows-store';

/** Where rows are scored: the zones that features are made from, the models, and where requests come from and go to. */
export interface ScoringPlace extends TrainingPlace {
  readonly features: Pick<ObjectStore, 'get' | 'writeOnce' | 'list'>;
  readonly landing: RowsStore;
  readonly models: ModelFileEffects;
}

export interface ScoringPlaceSettings extends TrainingPlaceSettings { readonly landingBucket: string; readonly modelsBucket: string }

/** The place in an environment. */
export const scoringPlace = ({ landingBucket, modelsBucket, ...settings }: ScoringPlaceSettings): ScoringPlace => {
  const client = new S3Client({ region: settings.region });
  return {
    ...trainingPlace(settings), features: s3Objects(client, settings.featuresBucket), landing: rowsIn(client, landingBucket),
    models: { files: objectReader(modelsBucket, awsService('s3')), open: openOnnx },
  };
};
