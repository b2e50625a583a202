#!/bin/sh
# A driver for RUNE, in POSIX shell with curl and jq (JSON needs a reader: texts
# hold quotes, newlines and any other character). What it does is yours to
# change: ask below calls the model once; your driver would run its agent.
# It is tested by: make driver-test DRIVER='sh runners/templates/driver.sh'
set -eu

request=$(cat)

param() { # param NAME: the text of a param, empty when it is absent
  printf %s "$request" | jq -r --arg name "$1" '.params[$name] // empty'
}

say() { # say FILTER [JQ-ARGUMENTS...]: writes a line of the protocol
  filter=$1
  shift
  printf %s "$request" | jq -c "$@" "{id} + ($filter)"
}

fail() { # fail KIND MESSAGE: writes an error, and ends
  say '{status: "error", error: {kind: $kind, message: $message}}' --arg kind "$1" --arg message "$2"
  exit 0
}

info() {
  say '{status: "ok", result: {driver: "template-shell 1.0", options: {
    type: "object", properties: {temperature: {type: "number"}}, additionalProperties: false}}}'
}

ask() {
  unknown=$(printf %s "$request" | jq -r '.params.options | keys - ["temperature"] | first // empty')
  [ -z "$unknown" ] || fail bad_option "there is no option $unknown, but temperature"

  say '{event: "progress", message: "asking the model", percent: 0}'
  reply=$TMPDIR/reply.json
  error=$TMPDIR/error.txt
  base_url=$(param base_url)
  # The meter speaks OpenAI's wire for a backend of Ollama's, too, below /v1.
  [ "$(param backend_type)" != ollama ] || base_url=$base_url/v1
  seconds=$(printf %s "$request" | jq '.params.deadline_seconds * 0.9') # the rest is left to tell of it
  status=$(
    printf %s "$request" |
      jq -c '.params | {model, messages: [{role: "user", content: ([.question, .context // empty] | join("\n\n"))}]}
        + (if .seed == null then {} else {seed} end) + .options' |
      curl --silent --show-error --max-time "$seconds" --output "$reply" --write-out '%{http_code}' \
        --header 'Content-Type: application/json' --header 'Authorization: Bearer none' \
        --data-binary @- "$base_url/chat/completions" 2>"$error"
  ) || case $? in
    28) fail timeout 'the model did not answer in time' ;;
    *) fail model "the call to the model failed: $(cat "$error")" ;;
  esac
  [ "$status" = 200 ] || fail model "the call to the model failed: $status $(head -c 500 "$reply")"
  jq -e '.choices[0].message.content | type == "string"' "$reply" >"$TMPDIR/is-answer" 2>&1 ||
    fail model 'the model sent no answer'

  jq -j '.choices[0].message.content' "$reply" >"$(param artifacts_dir)/answer.txt"
  usage='{input_tokens: ($reply[0].usage.prompt_tokens // 0), output_tokens: ($reply[0].usage.completion_tokens // 0)}'
  say "{event: \"usage\"} + $usage" --slurpfile reply "$reply"
  say "{status: \"ok\", result: {answer: \$reply[0].choices[0].message.content, usage: $usage}}" --slurpfile reply "$reply"
}

action=$(printf %s "$request" | jq -r .action)
case $action in
  info) info ;;
  ask) ask ;;
  *) fail unknown_action "there is no action $action" ;;
esac
