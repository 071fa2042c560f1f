"""A stand-in for STADLE's aggregator: speaks the wire protocol of stadle-client 0.8, on this machine only.

Written from a description of what travels over the wire; nothing of the client's code is in it, and it
imports none. Needs grpcio and numpy.

    python -m stadle_aggregator --port 8765 --agents 3 --rounds 3 --state FOLDER

wire            gRPC messages: chunks of a request or a reply
plain_pickle    reads the pickles that come, makes nothing but plain values and arrays of them
vocabulary      the names that replies must have, as the client unpickles them
federation      who is there, which round it is, what is averaged when: no network, no files, a clock
state_folder    the federation on disk, so that a killed aggregator goes on where it was
conversation    a request to its reply
service         the gRPC server around it
run_folder      an aggregator of a run: it writes down every round under the task's own names
event_line      what happens, one JSON object a line
reach           whether anything like an aggregator answers at an address, within seconds
watch_service   in place of an aggregator when STADLE's own is used
"""
