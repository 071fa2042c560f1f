"""Bytes that spoil terminals and parsers: broken UTF-8, NUL, titles, clipboard, alternate screen.

They go to the file named first as well, to be compared.
"""

import sys

WILD = (
    b"half a letter \xc3(\xff\xfe\x80 and a lone half \xed\xa0\x80\n"
    b"zero \x00 bytes \x00\x00 inside\n"
    b"\x1b]0;rm -rf ~\x07title set\n"
    b"\x1b]52;c;aGVsbG8=\x07clipboard written\n"
    b"\x1b]8;;file:///etc/passwd\x1b\\link\x1b]8;;\x1b\\\n"
    b"\x1b[?1049h\x1b[2J\x1b[Halternate screen\x1b[?1049l\n"
    b"\x1bP+q544e\x1b\\\x1b_application\x1b\\\x1b^privacy\x1b\\\x05\x07\x0e\x0f\n"
    b"\x1b[31mred \x1b[1mready\x1b[0m to serve\n"
    b"\x1b]2;never closed " + b"t" * 3000 + b"\n"
    b"\x9b31m\x84\x85\xe2\x80\xa8\xe2\x80\xaebackwards\n"
    b"\x1b[?1003h\x1b[?2004h\x1b[5;20r\x1b(0qqqq\x1b(B\x1bc"
)

with open(sys.argv[1], "wb") as file:
    file.write(WILD)
sys.stdout.buffer.write(WILD)
