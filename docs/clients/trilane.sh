#!/usr/bin/env bash
# Prints the messages of a channel with curl, and reconnects with its cursor until the channel ends.
#
#   trilane.sh (longpoll|sse) URL CHANNEL [CURSOR]
set -uo pipefail
if [[ $# -lt 3 || $1 != @(longpoll|sse) ]]; then
  echo "usage: trilane.sh (longpoll|sse) URL CHANNEL [CURSOR]" >&2
  exit 2
fi
transport=$1 url=$2 channel=$3 cursor=${4:-}

longpoll() {
  local body
  while body=$(curl -fsS --max-time 40 "$url/poll?channel=$channel${cursor:+&after=$cursor}"); do
    [[ $body == '{"messages":[],'* ]] || printf '%s\n' "$body"
    [[ $body != *'","end":true}' ]] || exit 0
    cursor=$(sed -E 's/.*"cursor":"([0-9]+-[0-9]+)"\}$/\1/' <<<"$body")
  done
}

sse() {
  local data="" id=""
  # A heartbeat comes every 15 s. After 40 s of silence the stream is dead.
  while IFS= read -r line; do
    case $line in
      "data: "*) data=${line#data: } ;;
      "id: "*) id=${line#id: } ;;
      "event: end" | 204) exit 0 ;;
      "")
        [[ $data == '{"cursor":'* ]] || printf '%s\n' "$data"
        cursor=$id data=""
        ;;
    esac
  done < <(curl -fsSN -w '%{http_code}\n' --speed-limit 1 --speed-time 40 ${cursor:+-H "Last-Event-ID: $cursor"} \
    "$url/events?channel=$channel")
}

while true; do
  "$transport"
  sleep "$((RANDOM % 3)).$((RANDOM % 10))"
done
