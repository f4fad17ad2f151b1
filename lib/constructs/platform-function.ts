import { CfnElement, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundleLambda } from './bundle';
import type { Deployment } from './deployment';

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
}

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

  constructor(scope: Construct, id: string, { deployment, name, code = name, description, memoryMegabytes, timeout, diskMegabytes }: PlatformFunctionProps) {
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
      runtime: Runtime.NODEJS_24_X,
      architecture: environment.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundleLambda({ name: code, target: environment, generatedDirectory: deployment.generatedDirectory })),
      memorySize: memoryMegabytes,
      timeout,
      ...(diskMegabytes === undefined ? {} : { ephemeralStorageSize: Size.mebibytes(diskMegabytes) }),
      role: this.role,
      logGroup,
      environment: { HEADRACE_ENVIRONMENT: environment.name, POWERTOOLS_SERVICE_NAME: name },
    });
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
