cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
export AWS_REGION=$REGION AWS_DEFAULT_REGION=$REGION AWS_PAGER=
export -n EXTERNAL_ID # no other process shall have it

die() { printf '%s\n' "$*" >&2; exit 1; }
fit() {
  local rest=${EXTERNAL_ID//[A-Za-z0-9_+=,.@:\/-]/}
  [[ -z $rest && ${#EXTERNAL_ID} -ge 16 && ${#EXTERNAL_ID} -le 1000 ]] ||
    die "The external id has 16 to 1000 characters of A-Z a-z 0-9 _ + = , . @ : / -"
}
given() { printf ',\n  {"ParameterKey": "%s", "ParameterValue": "%s"}' "$1" "$2"; }
kept() { printf ',\n  {"ParameterKey": "%s", "UsePreviousValue": true}' "$1"; }

# The parameters of the file and those that are known only now. The last bracket of the file makes room for them.
parameters() {
  local file
  file=$(<parameters.json)
  printf '%s' "${file%]*}"
  [[ -z $ZONE_COUNT ]] || if [[ -n $zones ]]; then given AvailabilityZones "$zones"; else kept AvailabilityZones; fi
  [[ -z $NETWORK ]] || given DataPlaneVpcId "$vpc"
  [[ -z $SECRET ]] || if [[ -n $EXTERNAL_ID ]]; then given "$SECRET" "$EXTERNAL_ID"; else kept "$SECRET"; fi
  printf '\n]\n'
}

EXTERNAL_ID=${EXTERNAL_ID:-}
[[ -z $SECRET || -z $EXTERNAL_ID ]] || fit
caller=$(aws sts get-caller-identity --query Account --output text)
[[ $caller == "$ACCOUNT" ]] || die "These credentials are of account $caller; the installation is of $ACCOUNT."

state=$(aws cloudformation describe-stacks --stack-name "$STACK" --query 'Stacks[0].StackStatus' --output text \
  2>/dev/null) || state=NONE
kind=UPDATE
case $state in NONE | REVIEW_IN_PROGRESS) kind=CREATE ;; esac

# Zones: once chosen they are kept. A further one is added by hand, after those in use: AVAILABILITY_ZONES=a,b,c
zones=${AVAILABILITY_ZONES:-}
if [[ -n $ZONE_COUNT && -z $zones && $kind == CREATE ]]; then
  if [[ -n $ZONE_IDS ]]; then
    for id in $ZONE_IDS; do
      zone=$(aws ec2 describe-availability-zones --query "AvailabilityZones[?ZoneId=='$id'].ZoneName" --output text)
      [[ -n $zone ]] || die "$REGION has no zone $id."
      zones=${zones:+$zones,}$zone
    done
  else
    zones=$(aws ec2 describe-availability-zones --filters Name=zone-type,Values=availability-zone \
      --query "sort_by(AvailabilityZones, &ZoneName)[:$ZONE_COUNT].ZoneName" --output text | tr '\t' ',')
  fi
fi

# The VPC of the data perimeter is the one that the network's stack made.
vpc=
if [[ -n $NETWORK ]]; then
  vpc=$(aws cloudformation describe-stacks --stack-name "$NETWORK" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='VpcId'].OutputValue") || die "Deploy $NETWORK first."
  [[ $vpc == vpc-* ]] || die "$NETWORK has no VPC yet: deploy it first."
fi

# The external id: asked once; an update keeps the one of before unless EXTERNAL_ID gives another.
if [[ -n $SECRET && -z $EXTERNAL_ID && $kind == CREATE ]]; then
  [[ -t 0 ]] || die "Give the external id in EXTERNAL_ID."
  IFS= read -rsp "External id (it is not shown): " EXTERNAL_ID
  printf '\n' >&2
  fit
fi

name=$CHANGE_SET-$(date -u +%Y%m%d%H%M%S)
aws cloudformation create-change-set --cli-input-json file://change-set.json --change-set-name "$name" \
  --change-set-type "$kind" --parameters file://<(parameters) --query Id --output text
if ! aws cloudformation wait change-set-create-complete --stack-name "$STACK" --change-set-name "$name" 2>/dev/null; then
  why=$(aws cloudformation describe-change-set --stack-name "$STACK" --change-set-name "$name" --query StatusReason \
    --output text)
  case $why in
    *"didn't contain changes"* | *"No updates are to be performed"*)
      aws cloudformation delete-change-set --stack-name "$STACK" --change-set-name "$name"
      printf '%s\n' "$STACK is as it should be." ; exit 0 ;;
  esac
  die "$STACK: $why"
fi
aws cloudformation describe-change-set --stack-name "$STACK" --change-set-name "$name" --output table \
  --query 'Changes[].ResourceChange.[Action, LogicalResourceId, ResourceType, Replacement]'

if [[ ${1-} != --execute ]]; then
  printf '%s\n' "Read it, then: aws cloudformation execute-change-set --region $REGION --stack-name $STACK \
--change-set-name $name"
  exit 0
fi
aws cloudformation execute-change-set --stack-name "$STACK" --change-set-name "$name"
case $kind in CREATE) done=stack-create-complete ;; *) done=stack-update-complete ;; esac
aws cloudformation wait "$done" --stack-name "$STACK"
printf '%s\n' "$STACK stands."
