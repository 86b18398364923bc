"""Runs what a GitHub Actions runner would: a composite action, or the steps of a workflow.

  runner.py action FOLDER RESULT <inputs.json            the action in FOLDER; outputs go to the file RESULT
  runner.py workflow FILE ACTION CONTEXT RESULT          each job's steps in order; CONTEXT is a JSON file with 'with' (more
                                                         inputs for the action), 'vars', 'secrets', 'event_name', 'number'

The log goes to stdout, workflow commands as they are. Actions other than ours are listed and left out.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml


def lookup(context, expression):
    """The value of 'a.b.c', or of "a.b == 'text'"; anything else is not known here."""
    compared = re.fullmatch(r"(\S+) == '([^']*)'", expression)
    if compared:
        return lookup(context, compared[1]) == compared[2]
    value = context
    for part in expression.split('.'):
        value = value.get(part, '') if isinstance(value, dict) else ''
    return value


def expand(context, text):
    if isinstance(text, bool):
        return 'true' if text else 'false'
    return re.sub(r'\$\{\{ *(.*?) *\}\}', lambda m: str(lookup(context, m[1])), str(text))


def read_outputs(path):
    """The format of GITHUB_OUTPUT: name=value, or name<<delimiter with the lines of the value."""
    outputs, lines = {}, open(path, encoding='utf-8').read().split('\n')
    while lines:
        line = lines.pop(0)
        heredoc = re.fullmatch(r'([A-Za-z0-9_-]+)<<(.+)', line)
        if heredoc:
            value = []
            while lines and lines[0] != heredoc[2]:
                value.append(lines.pop(0))
            if not lines:
                sys.exit(f'output {heredoc[1]}: its delimiter {heredoc[2]!r} does not come')
            lines.pop(0)
            outputs[heredoc[1]] = '\n'.join(value)
        elif line:
            name, equals, value = line.partition('=')
            if not equals:
                sys.exit(f'not an output: {line!r}')
            outputs[name] = value
    return outputs


class Job:
    def __init__(self, context):
        self.context = dict(context, steps={})
        self.paths = []
        self.temp = os.environ['RUNNER_TEMP']

    def shell(self, step, script, extra):
        files = {}
        for name in ('GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_ENV'):
            handle, files[name] = tempfile.mkstemp(dir=self.temp)
            os.close(handle)
        env = dict(os.environ, CI='true', GITHUB_ACTIONS='true', **files, **extra)
        env['PATH'] = ':'.join(list(reversed(self.paths)) + [os.environ['PATH']])
        for name, value in step.get('env', {}).items():
            env[name] = expand(self.context, value)
        status = subprocess.run(['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script], env=env, check=False).returncode
        self.paths += open(files['GITHUB_PATH'], encoding='utf-8').read().splitlines()
        if 'id' in step:
            self.context['steps'][step['id']] = {'outputs': read_outputs(files['GITHUB_OUTPUT'])}
        return status

    def action(self, folder, given, env):
        """Our action: its steps, then its outputs."""
        action = yaml.safe_load(open(f'{folder}/action.yml', encoding='utf-8'))
        unknown = set(given) - set(action['inputs'])
        if unknown:
            sys.exit(f'unknown inputs: {sorted(unknown)}')
        outer = self.context
        self.context = dict(outer, steps={})
        self.context['inputs'] = {name: given.get(name, row.get('default', '')) for name, row in action['inputs'].items()}
        status = 0
        for step in action['runs']['steps']:
            if status == 0:
                status = self.shell(step, step['run'], dict(env, GITHUB_ACTION_PATH=os.path.abspath(folder)))
        outputs = {name: expand(self.context, row['value']) for name, row in action['outputs'].items()}
        self.context = outer
        return status, outputs


def run_workflow(path, folder, given, result):
    workflow = yaml.safe_load(open(path, encoding='utf-8'))
    context = {'vars': given.get('vars', {}), 'secrets': given.get('secrets', {}), 'needs': {},
               'runner': {'temp': os.environ['RUNNER_TEMP']},
               'github': {'event_name': given.get('event_name', 'push'), 'token': 'token', 'event': {'number': given.get('number', '')}}}
    seen = {}
    for name, wanted in workflow['jobs'].items():
        job = Job(context)
        for step in wanted['steps']:
            if 'if' in step and not lookup(job.context, step['if']):
                continue
            if 'run' in step:
                status = job.shell(step, step['run'], {})
            elif step['uses'].startswith('sealift/sealift/ci/action@'):
                inputs = {key: expand(job.context, value) for key, value in step.get('with', {}).items()}
                env = {key: expand(job.context, value) for key, value in step.get('env', {}).items()}
                status, outputs = job.action(folder, dict(inputs, **given.get('with', {})), env)
                if 'id' in step:
                    job.context['steps'][step['id']] = {'outputs': outputs}
                seen.setdefault(name, []).append(outputs)
            else:
                print(f'left out: {step["uses"]}', flush=True)
                continue
            if status:
                sys.exit(status)
        context['needs'][name] = {'outputs': {key: expand(job.context, value) for key, value in wanted.get('outputs', {}).items()}}
    json.dump(seen, open(result, 'w', encoding='utf-8'))


def main():
    if sys.argv[1] == 'workflow':
        run_workflow(sys.argv[2], sys.argv[3], json.load(open(sys.argv[4], encoding='utf-8')), sys.argv[5])
        return
    job = Job({'github': {'action_ref': os.environ.get('ACTION_REF', ''), 'action_repository': 'sealift/sealift'}})
    status, outputs = job.action(sys.argv[2], json.load(sys.stdin), {})
    json.dump(outputs, open(sys.argv[3], 'w', encoding='utf-8'))
    sys.exit(status)


main()
