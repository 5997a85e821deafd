#!/bin/sh
# Synthesises the speech in apps/simulator/speech. Needs espeak-ng (1.51) and sox on the PATH.
# speech/README.md is the table of what comes out; keep both alike.
set -eu

out="$(cd "$(dirname "$0")/.." && pwd)/speech"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# say NAME RATE VOICE SPEED PITCH TEXT
say() {
  espeak-ng -v "$3" -s "$4" -p "$5" -w "$work/raw.wav" "$6"
  # Silence at both ends is cut and 60 ms put back, so that the last voiced sample is close to the end of the file.
  sox "$work/raw.wav" -c 1 -b 16 -r "$2" -R "$out/$1.wav" \
    silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse pad 0.06 0.06 norm -3
}

say caller-hello    16000 en-us+m3 150 45 "Hello, I would like to book a table for two people tonight."
say caller-hours    16000 en-us+m3 150 45 "What are your opening hours on Sunday?"
say caller-stop     16000 en-us+m3 165 50 "Wait a moment please, I have another question."
say caller-order    16000 en-gb+f2 155 55 "Could you tell me where my order number four two seven is?"
say caller-bye      16000 en-gb+f2 155 55 "Thank you very much and goodbye."
say caller-person   16000 en-gb+f2 155 55 "Thank you. Could I speak to somebody in the shop, please?"

say agent-greeting  24000 en-us+f3 155 60 "Hello, this is the front desk. How can I help you today?"
say agent-answer    24000 en-us+f3 155 60 "We are open every day from nine in the morning until ten in the evening. On Sunday the kitchen closes one hour earlier."
say agent-goodbye   24000 en-us+f3 155 60 "You are welcome. Have a nice day, goodbye."
say agent-recorded  24000 en-us+f3 155 60 "This call is recorded. Hello Ada, this is the flower shop. I am calling about your order."
say agent-order     24000 en-us+f3 155 60 "It left the shop this morning and will be with you before noon."
say agent-transfer  24000 en-us+f3 155 60 "Of course. I will put you through to the shop."
