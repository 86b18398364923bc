#!/usr/bin/env bash
# What we say about random policies beside what moto's policy engine says: actions, resources, wildcards, denies. It
# knows less than IAM (no '?', no NotResource, few conditions), so policies keep to what both know.
set -euo pipefail
python3 -c 'import moto.iam.access_control' 2>/dev/null || { echo "SKIPPED: python3 has no moto"; exit 77; }
python3 - "$1" <<'PY'
import json, random, subprocess, sys
from moto.iam.access_control import IAMPolicy, PermissionResult
pick = random.Random(20260101)
actions = ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:ListBucket', 'iot:CreateJob', 'iam:PassRole']
action_patterns = actions + ['*', 's3:*', 's3:Get*', 's3:GetObject*', 'iot:*', 's3:*Version']
resources = ['arn:aws:s3:::acme/fw/1/app.bin', 'arn:aws:s3:::acme/fw/1/', 'arn:aws:s3:::acme', 'arn:aws:s3:::other/fw/1/app.bin',
             'arn:aws:iam::123456789012:role/dl', 'arn:aws:iot:eu-west-1:123456789012:job/x-1']
resource_patterns = resources + ['*', 'arn:aws:s3:::acme/*', 'arn:aws:s3:::acme/fw/*', 'arn:aws:s3:::*', 'arn:aws:s3:::acme*',
                                 'arn:aws:iam::123456789012:role/*',
                                 'arn:aws:iot:*:123456789012:job/*']

def some(of):
    few = pick.sample(of, pick.randint(1, 3))
    return few[0] if len(few) == 1 and pick.random() < .5 else few

def statement():
    return {'Effect': pick.choice(['Allow', 'Allow', 'Deny']), pick.choice(['Action'] * 4 + ['NotAction']): some(action_patterns),
            'Resource': some(resource_patterns)}

cases = []
for _ in range(4000):
    statements = [statement() for _ in range(pick.randint(1, 4))]
    cases.append({'policy': {'Version': '2012-10-17', 'Statement': statements[0] if len(statements) == 1 else statements},
                  'action': pick.choice(actions), 'resource': pick.choice(resources)})
told = subprocess.run([sys.argv[1]], input=''.join(json.dumps(c) + '\n' for c in cases), text=True, check=True,
                      capture_output=True).stdout.split()
names = {PermissionResult.PERMITTED: 'allow', PermissionResult.DENIED: 'deny', PermissionResult.NEUTRAL: 'none'}
assert len(told) == len(cases)
bad = 0
for case, ours in zip(cases, told):
    theirs = names[IAMPolicy({'policy_document': json.dumps(case['policy'])}).is_action_permitted(case['action'], case['resource'])]
    if ours != theirs:
        bad += 1
        if bad < 5:
            print(json.dumps(case), 'we:', ours, 'moto:', theirs)
count = {w: told.count(w) for w in ('allow', 'deny', 'none')}
print(len(cases), 'policies compared', count, bad, 'differ')
assert bad == 0 and min(count.values()) > 200
PY
