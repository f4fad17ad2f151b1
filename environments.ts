/**
 * Where this platform is deployed to: yours to edit. Choose with `--env NAME` of `npx headrace`, or `-c env=NAME` or HEADRACE_ENV of `npx cdk`; `local` is the default.
 * Every setting and its default stands in core/environment/environment.ts.
 */
import { localEnvironment, type Environment } from './core/environment';

const environments: readonly Environment[] = [
  localEnvironment(),

  // An account of your own (and `environmentOf` in the import above). Then: npm run deploy -- --env staging --yes staging (docs/deploy.md)
  // environmentOf({
  //   name: 'staging',
  //   account: '111122223333',
  //   region: 'eu-central-1',
  //   protected: true, // deploying, publishing and erasing ask for `--yes staging`
  //   stream: { mode: 'provisioned', shards: 1 }, // or { mode: 'on-demand' }; or ingestion: 'msk' (docs/ingestion.md)
  //   alarmEmail: 'oncall@example.com',
  // }),
];

export default environments;
