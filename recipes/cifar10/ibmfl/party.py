"""A party as IBM FL's examples start it: python party.py party-1.yml"""

from __future__ import annotations

import sys

from ibmfl.party.party import Party

party = Party(config_file=sys.argv[1])
party.start()  # its own web server: the aggregator calls it there
party.register_party()
# The web server's thread keeps this process alive, also after STOP: somebody must end it.
