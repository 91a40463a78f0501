#!/bin/sh
# Creates or updates the stack, uploads the policy, drops the cached copy.
# Needs AWS CLI v2 and credentials. Usage: ./deploy.sh [HOSTED_ZONE_ID]
set -eu

STACK={{worker}}
REGION=us-east-1 # CloudFront takes its certificate from us-east-1 only
ZONE_ID=${1:-}

cd "$(dirname "$0")"

aws cloudformation deploy \
  --region "$REGION" \
  --stack-name "$STACK" \
  --template-file template.yaml \
  --no-fail-on-empty-changeset \
  --parameter-overrides "PolicyHost={{host}}" "HostedZoneId=$ZONE_ID"

output() {
  aws cloudformation describe-stacks \
    --region "$REGION" --stack-name "$STACK" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]"
}

BUCKET=$(output BucketName)
DISTRIBUTION=$(output DistributionId)

aws s3api put-object \
  --region "$REGION" \
  --bucket "$BUCKET" \
  --key .well-known/mta-sts.txt \
  --body mta-sts.txt \
  --content-type 'text/plain; charset=utf-8' \
  --cache-control 'public, max-age=300'

aws cloudfront create-invalidation \
  --distribution-id "$DISTRIBUTION" \
  --paths '/.well-known/mta-sts.txt'

echo "CNAME target (if DNS is not in Route 53): $(output DistributionDomainName)"
