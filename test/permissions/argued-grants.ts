import type { Grant } from './recordings';

/** Why roles have grants that no integration test uses: what is not tested is allowed for a reason, or not at all. */
interface Reason { readonly role: RegExp; readonly actions: RegExp; readonly resources: RegExp; readonly why: string }

const any = /^/u;
/** The roles of state machines. */
const machines = /\/(LandDataset|ErasureEraseSubject|ScoringBatchScoring|TrainingTrainModel)Role$/u;

export const reasons: readonly Reason[] = [
  // What AWS's services call for a role, and the local cloud's stand-ins do not.
  { role: any, actions: /^logs:(CreateLogStream|PutLogEvents)$/u, resources: /:log-group:\/aws\/lambda\//u, why: 'Lambda writes the log of a function with its role; the local cloud keeps it without a call.' },
  { role: any, actions: /^kinesis:DescribeStream(Summary)?$/u, resources: /:stream\//u, why: 'Lambda asks for these before it reads a stream for a function (Lambda developer guide, "Processing records from Kinesis"); the local driver goes without.' },
  { role: any, actions: /^kafka-cluster:/u, resources: any, why: 'Brokers ask IAM for what a client does by Kafka\'s own protocol; the local one takes plain text and asks nobody.' },
  { role: any, actions: /^kafka:(DescribeClusterV2|GetBootstrapBrokers)$/u, resources: /:cluster\//u, why: 'Lambda asks for the cluster before it reads a topic for a function (Lambda developer guide, "Configuring your Amazon MSK cluster and VPC"); the local driver asks for the brokers alone, and for the follower\'s only where there is a follower.' },
  { role: any, actions: /^ec2:/u, resources: any, why: 'Lambda puts functions, and the pollers of a topic, into a network with the function\'s role; there is no network in the local cloud.' },
  { role: any, actions: /^sqs:GetQueueAttributes$/u, resources: any, why: 'Lambda asks for it before it polls a queue for a function (Lambda developer guide, "Using Lambda with Amazon SQS").' },
  { role: any, actions: /^(s3:PutObject|s3:ListBucket)$/u, resources: /-failures-/u, why: 'Lambda keeps with the function\'s role what could not be processed: an on-failure destination of S3 takes both (Lambda developer guide, "Retain discarded batch records").' },
  { role: any, actions: /^logs:|^xray:/u, resources: /^\*$/u, why: 'Step Functions sets up the delivery of logs and traces with the execution\'s role; neither exists in the local cloud, and AWS takes no resource for them.' },
  { role: any, actions: /^lambda:InvokeFunction$/u, resources: /:\*$/u, why: 'The CDK allows the versions of a function along with it; tasks name none.' },
  { role: /ScheduleRole$/u, actions: /^(lambda:InvokeFunction|states:StartExecution)$/u, resources: any, why: 'A schedule is due at night, when no test runs; that its target is what it may call is seen from the template.' },
  { role: /\/ModelEndpointsRole$/u, actions: /^(ecr|logs):/u, resources: any, why: 'SageMaker pulls the image and writes the log of an endpoint with its role; the local cloud has neither.' },

  { role: /\/TrainingTrainModelRole$/u, actions: /^glue:(GetJobRuns?|BatchStopJobRun)$/u, resources: any, why: 'Step Functions follows a job with the execution\'s role, and stops it when the execution is stopped; the local cloud follows it without a call.' },
  { role: /\/(Training(Train|Evaluate)Job|SparkJob)Role$/u, actions: /^logs:(CreateLogStream|PutLogEvents)$/u, resources: /:log-group:\/aws-glue\//u, why: 'Glue writes what a job says with its role, to one group when it succeeds and to another when it fails; in the tests it has nothing to say, or does not fail.' },

  // What happens when something is wrong.
  { role: /\/(FeatureAggregator|GenerationFollower)Role$/u, actions: /^(s3:PutObject|kms:GenerateDataKey)$/u, resources: /-quarantine-|:key\//u, why: 'A record that cannot be folded goes to quarantine (test/lambdas/feature-aggregator); what the tests send is judged before.' },
  { role: /\/EventWriterRole$/u, actions: /^kms:GenerateDataKey$/u, resources: /:key\//u, why: 'Lambda keeps with the writer\'s role what it could not put on the topic, in a bucket that is encrypted.' },
  { role: /\/DatasetLanderRole$/u, actions: /^s3:PutObject$/u, resources: /-quarantine-/u, why: 'Rows that a contract refuses go to quarantine (test/lambdas/dataset-lander).' },
  { role: /\/ContractRegistrarRole$/u, actions: /^glue:UpdateSchema$/u, resources: any, why: 'A schema whose compatibility is not the contract\'s is set right (test/local/schema-registry.integration.test.ts).' },
  { role: machines, actions: /^(sns:Publish|kms:(Decrypt|GenerateDataKey))$/u, resources: any, why: 'An execution that fails tells the alarm topic, which is encrypted.' },
  { role: any, actions: /^s3:ListBucket$/u, resources: any, why: 'Without it S3 answers that an object is forbidden where it is not there.' },
  { role: /\/Erasure(Lake|Subject)EraserRole$/u, actions: /^s3:(GetObject(LegalHold|Retention|Version)?|DeleteObject)$/u, resources: any, why: 'What holds a version is told only to who may read it; an object that is held gets a marker that nobody reads it any more; the version null is read as the object.' },

  // What happens seldom.
  { role: /\/ModelMonitorRole$/u, actions: /^s3:GetObject$/u, resources: /-features-/u, why: 'The profile of a training set is read where the version that answers was made from one (test/lib/runtime/monitoring); those of the tests that are watched were not.' },
  { role: /\/(PredictionApi|ModelMonitor)Role$/u, actions: /^ssm:GetParameter$/u, resources: /\/pseudonym-key$/u, why: 'The key of pseudonyms is read where somebody is predicted for (test/lambdas/prediction-api, test/lib/runtime/monitoring); in the tests an erasure reads it.' },
  { role: /\/PredictionApiRole$/u, actions: /^lambda:InvokeFunction$/u, resources: /-event-writer$/u, why: 'Predictions of an environment with a topic are put by the writer (test/integration/kinesis-and-kafka.engine.test.ts); the calls of that test are not recorded.' },
  { role: /\/PseudonymKeyMakerRole$/u, actions: /^ssm:DeleteParameter$/u, resources: /\/pseudonym-key$/u, why: 'The key goes with an environment that is ephemeral; none is taken down in the tests.' },
  { role: /\/DefinitionsGuardRole$/u, actions: /^ssm:GetParametersByPath$/u, resources: /\/definitions$/u, why: 'The definitions of before are read where they may not be changed: not in an ephemeral environment, as the local one is.' },
  { role: /\/ContractRegistrarRole$/u, actions: /^ssm:DeleteParameters$/u, resources: /\/active-contracts\//u, why: 'An event type that the definitions have no more is active no more.' },
  { role: /\/GenerationFollowerRole$/u, actions: /^secretsmanager:GetSecretValue$/u, resources: /:secret:headrace\/registry-/u, why: 'The follower asks a Confluent registry when a frame comes while a generation is made, as the aggregator does (test/integration/confluent.integration.test.ts); in the tests none is made then.' },
  { role: /\/ErasureSubjectEraserRole$/u, actions: /^ssm:DeleteParameter$/u, resources: /\/tombstones\//u, why: 'A tombstone goes when the stream holds nothing of its time: after days.' },
  { role: /\/DatasetSchedulerRole$/u, actions: /^(s3:GetObject|kms:Decrypt)$/u, resources: any, why: 'A schedule of files reads the file that it starts with (test/lambdas/dataset-scheduler); those of the tests are of tables.' },
  { role: /\/(FeatureComparison|ModelMonitor|ScoringBatchScorer)Role$/u, actions: /^dynamodb:Query$/u, resources: /-batches$/u, why: 'Views and labels over datasets are read from the batches that were landed.' },
  { role: /\/(LakeCompactor|DatasetCommitter|LakeMaintainer|ScoringPredictionWriter|TrainingSetWriter|SparkJob)Role$/u, actions: /^s3:DeleteObject$/u, resources: /-(curated|features)-/u, why: 'Iceberg deletes the metadata of a table beyond the last twenty.' },
  { role: /\/(LakeMaintainer|ErasureLakeEraser)Role$/u, actions: /^s3:(GetObject|PutObject)$/u, resources: /-features-[^/]*\/(predictions|tables)\//u, why: 'Tables of predictions and training sets are kept in order and erased from as the curated ones are (test/glue-jobs/headrace_lake/predictions.integration.test.ts).' },
];

/** The reason that a grant stands without a test. */
export const reasonFor = ([role, action, resource]: Grant): Reason | undefined =>
  reasons.find((reason) => reason.role.test(role) && reason.actions.test(action) && reason.resources.test(resource));
