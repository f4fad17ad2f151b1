import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { parameterNames } from '../../core/environment/deployed';
import { versionedName } from '../../core/manifest/manifest';
import type { Manifest, ModelDefinition } from '../../core/manifest/manifest';
import { endpointPrefix, hasEndpoint } from '../../core/model/endpoint';
import { endpointImage, endpointRegions } from '../../core/model/endpoint-image';
import { keyArnOf } from './access';
import type { Deployment } from './deployment';
import { justify } from './justification';
import type { PlatformFunction } from './platform-function';
import { endpointProgramArchive } from './python-bundle';

/** Models whose versions are promoted to endpoints. */
const modelsWithEndpoints = ({ models }: Pick<Manifest, 'models'>): readonly ModelDefinition[] => Object.values(models).filter(hasEndpoint);

/** Endpoints, configurations or models of SageMaker that belong to models with endpoints: a promotion makes them, named by version. */
const sageMakerArns = (scope: Construct, { names, manifest }: Deployment, resource: 'endpoint' | 'endpoint-config' | 'model'): readonly string[] =>
  modelsWithEndpoints(manifest).map((model) => Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName: `${endpointPrefix(names.prefix, model)}*` }));

const whyNamed = 'A promotion makes the endpoint of a version; its name begins with a hash of the environment and the model.';

/** Lets a function ask the endpoints of this environment's models, and no other. */
export const grantInvokeEndpoints = (fn: PlatformFunction): void => {
  const endpoints = sageMakerArns(fn, fn.deployment, 'endpoint');
  if (endpoints.length === 0) return;
  fn.allow(['sagemaker:InvokeEndpoint'], endpoints);
  for (const endpoint of endpoints) justify(fn.role, `AwsSolutions-IAM5[Resource::${endpoint}]`, whyNamed);
};

/**
 * What a promotion makes the SageMaker endpoints of models with: the program that serves, the image of AWS that runs it,
 * the role that endpoints have, and a policy for who promotes. The endpoints themselves are no resources of a stack: they
 * come and go with versions, between deploys.
 */
class ModelEndpoints extends Construct {
  constructor(scope: Construct, private readonly deployment: Deployment) {
    super(scope, 'ModelEndpoints');
    const { environment, names, manifest } = deployment;
    const image = endpointImage(environment.region);
    if (image === undefined)
      throw new Error(`${modelsWithEndpoints(manifest).map(versionedName).join(', ')}: AWS has no image for SageMaker endpoints in ${environment.region}; there is one in ${endpointRegions.join(', ')}. Take serving.endpoint out of the definition, or deploy to one of these.`);
    const program = new Asset(this, 'Program', { path: endpointProgramArchive(environment) });
    const role = this.roleOfEndpoints(image);
    new StringParameter(this, 'Settings', {
      parameterName: parameterNames(names).modelEndpoints,
      description: 'What the SageMaker endpoints of models are made with',
      stringValue: Stack.of(this).toJsonString({ image: image.image, role: role.roleArn, bucket: program.s3BucketName, key: program.s3ObjectKey }),
    });
    this.policyOfPromoters(role, program);
  }

  /** What an endpoint may do: pull AWS's image, read the archives of versions, write its log. */
  private roleOfEndpoints({ account, repository }: { readonly account: string; readonly repository: string }): Role {
    const { names, manifest, environment } = this.deployment;
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': stack.account } } }), description: 'What SageMaker endpoints of models may do' });
    const allow = (actions: readonly string[], resources: readonly string[], why?: string): void => {
      role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }));
      if (why !== undefined) for (const resource of resources) justify(role, `AwsSolutions-IAM5[Resource::${resource}]`, why);
    };
    allow(['s3:GetObject'], modelsWithEndpoints(manifest).map(({ name, version }) => `arn:${stack.partition}:s3:::${names.bucket('models')}/models/${name}/v${version}/*/endpoint/*`), 'Reads the archive of whatever version it serves.');
    allow(['kms:Decrypt'], [keyArnOf(this, this.deployment)]);
    allow(['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'], [stack.formatArn({ service: 'ecr', account, region: environment.region, resource: 'repository', resourceName: repository })]);
    allow(['ecr:GetAuthorizationToken'], ['*'], 'ECR takes no resource for a token.');
    allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      modelsWithEndpoints(manifest).map((model) => stack.formatArn({ service: 'logs', resource: 'log-group', resourceName: `/aws/sagemaker/Endpoints/${endpointPrefix(names.prefix, model)}*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })),
      'SageMaker makes a log group for each endpoint.');
    return role;
  }

  /** For who promotes models, people or pipelines: the least that making, updating and deleting endpoints takes. */
  private policyOfPromoters(role: Role, program: Asset): void {
    const { names, manifest } = this.deployment;
    const stack = Stack.of(this);
    const policy = new ManagedPolicy(this, 'Promoters', { managedPolicyName: `${names.prefix}-promote-models`, description: 'Lets who promotes models make and delete their SageMaker endpoints' });
    const allow = (actions: readonly string[], resources: readonly string[], conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>): void => {
      policy.addStatements(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources], ...(conditions ? { conditions } : {}) }));
      for (const resource of resources.filter((each) => each.endsWith('*'))) justify(policy, `AwsSolutions-IAM5[Resource::${resource}]`, resource === '*' ? 'SageMaker takes no resource for a listing.' : whyNamed);
    };
    const [endpoints, configurations, models] = [sageMakerArns(this, this.deployment, 'endpoint'), sageMakerArns(this, this.deployment, 'endpoint-config'), sageMakerArns(this, this.deployment, 'model')];
    allow(['sagemaker:CreateModel', 'sagemaker:DeleteModel'], models);
    allow(['sagemaker:CreateEndpointConfig', 'sagemaker:DescribeEndpointConfig', 'sagemaker:DeleteEndpointConfig'], configurations);
    allow(['sagemaker:CreateEndpoint', 'sagemaker:UpdateEndpoint'], [...endpoints, ...configurations]);
    allow(['sagemaker:DescribeEndpoint', 'sagemaker:DeleteEndpoint'], endpoints);
    allow(['sagemaker:ListEndpoints'], ['*']);
    allow(['iam:PassRole'], [role.roleArn], { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } });
    allow(['ssm:GetParameter'], [stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: parameterNames(names).modelEndpoints.slice(1) })]);
    allow(['s3:GetObject'], [`arn:${stack.partition}:s3:::${program.s3BucketName}/${program.s3ObjectKey}`]);
    allow(['s3:GetObject', 's3:PutObject'], modelsWithEndpoints(manifest).map(({ name, version }) => `arn:${stack.partition}:s3:::${names.bucket('models')}/models/${name}/v${version}/*`));
    allow(['s3:ListBucket'], [`arn:${stack.partition}:s3:::${names.bucket('models')}`]);
    allow(['kms:GenerateDataKey', 'kms:Decrypt'], [keyArnOf(this, this.deployment)]);
  }
}

/** Adds what endpoints need, where a model has one. */
export const modelEndpoints = (scope: Construct, deployment: Deployment): void => {
  if (modelsWithEndpoints(deployment.manifest).length > 0) new ModelEndpoints(scope, deployment);
};
