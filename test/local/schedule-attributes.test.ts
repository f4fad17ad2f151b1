import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const repository = join(__dirname, '..', '..');

describe('a schedule of the local cloud', () => {
  it('tells its target the moment that it is for, as EventBridge Scheduler does', () => {
    const program = `
import json, sys
sys.path.insert(0, "local/launcher")
from ministack.services import eventbridge
told = []
eventbridge._invoke_target = lambda target, *rest: told.append(target["Input"])
import schedule_attributes
schedule_attributes.install()
event = {"Source": "aws.scheduler", "Time": 1772514017.5, "EventId": "an-id", "Resources": ["arn:a-schedule"]}
eventbridge._invoke_target({"Input": '{"moment": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}'}, event, {})
eventbridge._invoke_target({"Input": "<aws.scheduler.scheduled-time>"}, {**event, "Source": "aws.events"}, {})
print(json.dumps(told))`;
    const { stdout, stderr } = spawnSync(join(repository, '.headrace', 'venv', 'bin', 'python'), ['-c', program], { cwd: repository, encoding: 'utf8', env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' } });
    if (stdout === '') throw new Error(stderr);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual(['{"moment": "2026-03-03T05:00:00Z", "by": "arn:a-schedule"}', '<aws.scheduler.scheduled-time>']);
  });
});
