#!/bin/sh
# Makes the recorded voices of the corpus anew from Debian's packages of Asterisk prompts. Needs a Debian machine with sox,
# python3 and the network. The prompts in G.722 are decoded by libspandsp, for they are the ones at 16 kHz.
set -eu
speech=$(cd "$(dirname "$0")/../speech" && pwd)
cd "$(mktemp -d)"

apt-get download libspandsp2 asterisk-core-sounds-en-wav asterisk-core-sounds-ru-wav \
  asterisk-core-sounds-en-g722 asterisk-core-sounds-fr-g722 asterisk-core-sounds-it-g722
for package in *.deb; do dpkg-deb -x "$package" .; done

# language, voice, prompt, file
wide() {
  python3 - "usr/share/asterisk/sounds/$2/$3.g722" "$3.raw" <<'PYTHON'
import ctypes, glob, sys
spandsp = ctypes.CDLL(glob.glob('usr/lib/*/libspandsp.so.2')[0])
spandsp.g722_decode_init.restype = ctypes.c_void_p
coded = open(sys.argv[1], 'rb').read()
samples = (ctypes.c_int16 * (2 * len(coded)))()
state = ctypes.c_void_p(spandsp.g722_decode_init(None, 64000, 0))
count = spandsp.g722_decode(state, samples, coded, len(coded))
open(sys.argv[2], 'wb').write(bytes(samples)[: 2 * count])
PYTHON
  sox -D -t raw -r 16000 -e signed -b 16 -c 1 "$3.raw" "$speech/$4.wav" norm -3
}
narrow() {
  sox -D "usr/share/asterisk/sounds/$2/$3.wav" "$speech/$4.wav" norm -3
}

wide en en_US_f_Allison queue-periodic-announce allison-waiting
wide fr fr_CA_f_June queue-periodic-announce june-waiting
wide it it_IT_m_Carlo vm-instructions carlo-mailbox
narrow en en_US_f_Allison vm-newuser allison-mailbox
narrow ru ru_RU_f_IvrvoiceRU vm-instructions ivrvoice-mailbox
