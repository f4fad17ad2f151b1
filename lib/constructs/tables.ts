import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { removalPolicyOf } from './zone-bucket';

interface KeyedTable { readonly tableName: string; readonly partitionKey: string; readonly sortKey: string; readonly expiry?: string }

/** A table paid by use and encrypted with DynamoDB's own key; kept, protected and restorable to any second unless the environment is ephemeral. */
const keyedTable = (scope: Construct, id: string, deployment: Deployment, { tableName, partitionKey, sortKey, expiry }: KeyedTable): Table => {
  const { ephemeral } = deployment.environment;
  const table = new Table(scope, id, {
    tableName,
    partitionKey: { name: partitionKey, type: AttributeType.STRING },
    sortKey: { name: sortKey, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: !ephemeral },
    deletionProtection: !ephemeral,
    removalPolicy: removalPolicyOf(deployment),
    ...(expiry === undefined ? {} : { timeToLiveAttribute: expiry }),
  });
  if (ephemeral) justify(table, 'AwsSolutions-DDB3', 'An ephemeral environment loses its data on purpose.');
  return table;
};

/** State items: all views of an entity under one partition key, so that one subject is read and erased by one query. */
export const stateTable = (scope: Construct, deployment: Deployment): Table =>
  keyedTable(scope, 'State', deployment, { tableName: deployment.names.stateTable, partitionKey: 'entity', sortKey: 'view', expiry: 'expires_at' });

/** Batch records: a dataset's batches under one partition key. */
export const batchTable = (scope: Construct, deployment: Deployment): Table =>
  keyedTable(scope, 'Batches', deployment, { tableName: deployment.names.batchTable, partitionKey: 'dataset', sortKey: 'batch' });
