import { CfnElement, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, Code, Function as LambdaFunction, LayerVersion, Runtime, type FunctionProps } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundleLambda } from './bundle';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { pythonBundle, pythonLayer } from './python-bundle';

export interface PlatformFunctionProps {
  readonly deployment: Deployment;
  /** The last part of the function's name; also its folder below lambdas/, unless `code` says another. */
  readonly name: string;
  /** Folder below lambdas/ of a function that shares its code with another. */
  readonly code?: string;
  readonly description: string;
  readonly memoryMegabytes: number;
  readonly timeout: Duration;
  /** Room on disk below /tmp, paid for while it runs. */
  readonly diskMegabytes?: number;
  /** Subnets and security groups that it runs in; in none where it needs nothing that is there. */
  readonly network?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  /**
   * What its handler is written in.
   *
   * @default 'node'
   */
  readonly language?: 'node' | 'python';
  /**
   * Whether processes of it are kept started: what its module's `warm` loads is there before a process takes requests.
   *
   * @default false
   */
  readonly isKeptStarted?: boolean;
}

/** The layer with the packages of functions in Python, one for all of a stack. */
const packagesOf = (stack: Stack, { environment, names }: Pick<Deployment, 'environment' | 'names'>): LayerVersion => {
  const there = stack.node.tryFindChild('PythonPackages');
  if (there instanceof LayerVersion) return there;
  return new LayerVersion(stack, 'PythonPackages', {
    layerVersionName: names.function('python-packages'),
    description: 'Packages of functions in Python',
    code: Code.fromAsset(pythonLayer(environment)),
    compatibleRuntimes: [Runtime.PYTHON_3_13],
  });
};

/** What a function is made of: its runtime, its handler, its code, and the packages that it does not carry itself. */
const programOf = (scope: Construct, { environment, manifest, names, generatedDirectory }: Deployment, code: string, language: 'node' | 'python', isKeptStarted: boolean): Pick<FunctionProps, 'runtime' | 'handler' | 'code' | 'layers'> => {
  if (language === 'node') return { runtime: Runtime.NODEJS_24_X, handler: isKeptStarted ? 'warm.handler' : 'index.handler', code: Code.fromAsset(bundleLambda({ name: code, target: environment, generatedDirectory, isKeptStarted })) };
  return { runtime: Runtime.PYTHON_3_13, handler: 'handler.handler', code: Code.fromAsset(pythonBundle(code, manifest)), layers: [packagesOf(Stack.of(scope), { environment, names })] };
};

/**
 * A Lambda of the platform with its bundle, its log group and a role that can write to that log group and nothing else.
 * What more it may do, it gets from the grants in `access.ts`, which set the variable that names the thing along with the permission.
 */
export class PlatformFunction extends Construct {
  readonly deployment: Deployment;
  /** The last part of the function's name. */
  readonly name: string;
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, { deployment, name, code = name, description, memoryMegabytes, timeout, diskMegabytes, network, language = 'node', isKeptStarted = false }: PlatformFunctionProps) {
    super(scope, id);
    const { environment, names } = deployment;
    this.deployment = deployment;
    this.name = name;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${names.function(name)}`,
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com'), description: `What ${names.function(name)} may do` });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: names.function(name),
      description,
      ...programOf(this, deployment, code, language, isKeptStarted),
      architecture: environment.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      memorySize: memoryMegabytes,
      timeout,
      ...(diskMegabytes === undefined ? {} : { ephemeralStorageSize: Size.mebibytes(diskMegabytes) }),
      role: this.role,
      logGroup,
      environment: { HEADRACE_ENVIRONMENT: environment.name, POWERTOOLS_SERVICE_NAME: name },
    });
    if (network !== undefined) this.runIn(network);
    // A later one would need other wheels: they are pinned for this one.
    if (language === 'python') justify(this.function, 'AwsSolutions-L1', 'The packages of functions in Python are pinned as wheels for Python 3.13.');
  }

  /** Puts the function into a network of the user's: Lambda makes network interfaces there, as the function's role. */
  private runIn({ subnetIds, securityGroupIds }: NonNullable<PlatformFunctionProps['network']>): void {
    const resource = this.function.node.defaultChild;
    if (resource instanceof CfnFunction) resource.vpcConfig = { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
    this.allow(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'], ['*']);
    justify(this, 'AwsSolutions-IAM5[Resource::*]', 'Lambda asks for these on any network interface: it makes them itself.');
  }

  /** Name of the function within its template. */
  get logicalId(): string {
    const resource = this.function.node.defaultChild;
    return resource instanceof CfnElement ? Stack.of(this).resolve(resource.logicalId) as string : '';
  }

  /** Adds a permission to the function's role. */
  allow(actions: readonly string[], resources: readonly string[], conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
    this.role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources], ...(conditions ? { conditions } : {}) }));
  }

  /** Tells the function a name, in an environment variable. */
  tell(variable: string, value: string): void {
    this.function.addEnvironment(variable, value);
  }
}
