cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
export AWS_REGION=$REGION AWS_DEFAULT_REGION=$REGION AWS_PAGER=
export -n EXTERNAL_ID # no other process shall have it
call_as=${CALL_AS:-SELF}

die() { printf '%s\n' "$*" >&2; exit 1; }
fit() {
  local rest=${EXTERNAL_ID//[A-Za-z0-9_+=,.@:\/-]/}
  [[ -z $rest && ${#EXTERNAL_ID} -ge 16 && ${#EXTERNAL_ID} -le 1000 ]] ||
    die "The external id has 16 to 1000 characters of A-Z a-z 0-9 _ + = , . @ : / -"
}
row() { printf '%s{"ParameterKey": "%s", "ParameterValue": "%s"}' "$1" "$2" "$3"; }

ou='(r-[a-z0-9]{4,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32})'
units=${1:-}
[[ $units =~ ^$ou(,$ou)*$ ]] || die "Usage: bash stack-set.sh $WORDS"
shift
targets="{\"OrganizationalUnitIds\": [\"${units//,/\", \"}\"]}"
if [[ -n $OWN ]]; then
  account=${1:-}
  [[ $account =~ ^[0-9]{12}$ ]] || die "Usage: bash stack-set.sh $WORDS"
  shift
  targets="${targets%\}}, \"Accounts\": [\"$account\"], \"AccountFilterType\": \"INTERSECTION\"}"
fi

# The values of this account, each once, and no other.
overrides= left=" $OWN "
for word; do
  name=${word%%=*} value=${word#*=}
  [[ $word == *=* && $left == *" $name "* && $value != *[\"\\]* ]] || die "$word: bash stack-set.sh $WORDS"
  overrides=$overrides${overrides:+, }$(row '' "$name" "$value")
  left=${left/ $name / }
done
[[ -z ${left// /} ]] || die "Missing:$left. bash stack-set.sh $WORDS"

# The parameters of the file and those that are known only now. The last bracket of the file makes room for them.
parameters() {
  local file
  file=$(<parameters.json)
  printf '%s' "${file%]*}"
  [[ -z $overrides ]] || printf ', %s' "$overrides"
  [[ -z $SECRET ]] || row ', ' "$SECRET" "$EXTERNAL_ID"
  printf ']\n'
}

EXTERNAL_ID=${EXTERNAL_ID:-}
if ! aws cloudformation describe-stack-set --stack-set-name "$STACK_SET" --call-as "$call_as" >/dev/null 2>&1; then
  if [[ -n $SECRET && -z $EXTERNAL_ID ]]; then
    [[ -t 0 ]] || die "Give the external id in EXTERNAL_ID."
    IFS= read -rsp "External id (it is not shown): " EXTERNAL_ID
    printf '\n' >&2
  fi
  [[ -z $SECRET ]] || fit
  aws cloudformation create-stack-set --cli-input-json file://stack-set.json --call-as "$call_as" \
    --parameters file://<(parameters)
fi
aws cloudformation create-stack-instances --stack-set-name "$STACK_SET" --regions "${TARGET_REGION:-$REGION}" \
  --deployment-targets "$targets" --operation-preferences file://operation-preferences.json --call-as "$call_as" \
  ${overrides:+--parameter-overrides "[$overrides]"}
