#!/bin/sh
# Synthesises the speech in libs/core/announcements. Needs espeak-ng (1.51) and sox on the PATH.
# announcements/README.md is the table of what comes out; keep both alike.
set -eu

out="$(cd "$(dirname "$0")/.." && pwd)/announcements"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# say NAME TEXT
say() {
  espeak-ng -v en-us+f3 -s 150 -p 55 -w "$work/raw.wav" "$2"
  # Silence at both ends is cut and a little put back, so that what follows comes without a gap.
  sox "$work/raw.wav" -c 1 -b 16 -r 8000 -R "$out/$1.wav" \
    silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse pad 0.1 0.2 norm -6
}

say sorry-hold    "We are sorry. We have a technical problem. One moment, please."
say sorry-goodbye "We are sorry. We can not go on with this call at the moment. Please call again in a few minutes. Goodbye."
