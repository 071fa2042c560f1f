"""What is known of each framework under each fault. `does` goes to docs/faults.md; the rest is checked."""

from __future__ import annotations

from typing import Any

CLIENT = "a client killed in round 2"
SERVER = "the server killed in round 2"
LATE = "a client starts late"
HANG = "a client hangs in round 2"
PORT = "its port is taken while it starts"
FAULTS = (CLIENT, SERVER, HANG, LATE, PORT)

SMALL_QUORUM = "a client killed in round 2, perc_quorum=0.6"
WORKER = "the worker killed in round 2"
RESTARTED = "the server killed in round 2, restarts=1"
TRAINING_HANGS = "the training hangs in round 2"
WORKER_HANGS = "the worker hangs in round 2"
HANGS = (HANG, TRAINING_HANGS, WORKER_HANGS)
EXTRA: dict[str, tuple[str, ...]] = {
    "centralized": (TRAINING_HANGS,),
    "ibmfl": (SMALL_QUORUM,),
    "tff": (WORKER, WORKER_HANGS),
    "stadle": (RESTARTED,),
}

# One fault of each framework runs in `make test-frameworks`, too.
IN_CI = {"flower": CLIENT, "ibmfl": CLIENT, "tff": SERVER, "openfl": CLIENT, "stadle": CLIENT}

ABSENT = {
    ("centralized", CLIENT): "there are no clients",
    ("centralized", HANG): "there are no clients",
    ("centralized", LATE): "there are no clients",
    ("centralized", PORT): "nobody listens",
    ("tff", CLIENT): "clients are no processes: see the worker",
    ("tff", HANG): "clients are no processes: see the worker",
    ("tff", LATE): "clients are no processes",
    ("tff", PORT): "nobody connects from outside; the worker's port is TFF's own choice",
}

GAVE_UP = "IBM FL gave up the training"
SAID: dict[tuple[str, str], dict[str, Any]] = {
    ("centralized", TRAINING_HANGS): {
        "rounds": 1,
        "does": "No line comes any more. The run is stalled, says who is held, and ends after twice that time.",
    },
    ("centralized", SERVER): {
        "does": "Nothing is left to go on; the rounds done so far are in `artifacts/`.",
        "rounds": 1,
    },
    ("flower", CLIENT): {
        "when": ("client-2", "Received: train", 2),
        "rounds": 3,
        "reason": (
            "client-2 ",
            "in round 2",
            "averaged the 2 results of the round without the 1 that failed",
        ),
        "line": r"aggregate_fit: received 2 results and 1 failures",
        "does": "Notices at once, averages the results that came, goes on with the others while `min_clients` are there.",
    },
    ("flower", SERVER): {
        "rounds": 1,
        "does": "The clients lose their connection and die, too.",
    },
    ("flower", HANG): {
        "params": {"round_timeout": "20s"},
        "rounds": 3,
        "line": r"aggregate_fit: received 2 results and 1 failures",
        "does": "Cuts the client's connection after `round_timeout`, averages what came, goes on with two. "
        "The client never ends: the run is stalled after its last round.",
    },
    ("flower", LATE): {
        "line": r"clients connected: 3",
        "does": "The recipe's strategy waits for all clients, as long as `patience`; Flower's own would begin with two.",
    },
    ("flower", PORT): {
        "does": "The server says so and ends with exit code 1.",
    },
    ("flower-superlink", CLIENT): {
        "when": ("client-2", "Start `flwr-clientapp` process", 2),
        "rounds": 3,
        "witness": "driver",
        "reason": ("client-2 ", "in round 2", "without the 1 that failed", "no heartbeat"),
        "line": r"aggregate_train: Received 2 results and 1 failures",
        "within_s": 150.0,
        "does": "Waits a minute for the node's heartbeat, then averages the results that came and goes on with the others.",
    },
    ("flower-superlink", SERVER): {
        "witness": "driver",
        "rounds": 1,
        "line": r"Connection to the SuperLink is unavailable",
        "does": "`flwr run` ends at once; SuperNodes would try for ever, the ServerApp lives on: the run ends them.",
    },
    ("flower-superlink", HANG): {
        "ends": (("failed", 1),),
        "reason": (
            "client-2 was held by a stop signal until the end",
            "in round 2",
            "without the 1 that failed",
        ),
        "rounds": 3,
        "witness": "driver",
        "line": r"aggregate_train: Received 2 results and 1 failures",
        "does": "Waits a minute for the node's heartbeat, then averages the results that came and goes on with the others.",
    },
    ("flower-superlink", LATE): {
        "line": r"Activated node_id",
        "does": "A SuperNode may come at any time; the recipe's ServerApp waits for all, as long as `patience`.",
    },
    ("flower-superlink", PORT): {
        "does": "fltui sees the stranger before the SuperLink has tried, and ends the run.",
    },
    ("ibmfl", CLIENT): {
        "when": ("party-2", "Local training started", 2),
        "params": {"max_timeout": "20s"},
        "rounds": 1,
        "reason": ("party-2 ", "in round 2", "2 of 3 parties answered within max_timeout", GAVE_UP),
        "line": r"periodically_verify_quorum: Timeout elapsed before quorum was reached",
        "does": "Waits until `max_timeout`, gives up the training, stops everybody, and exits with 0.",
    },
    ("ibmfl", SMALL_QUORUM): {
        "when": ("party-2", "Local training started", 2),
        "params": {"max_timeout": "20s", "perc_quorum": 0.6},
        "rounds": 3,
        "reason": ("party-2 ", "round 2 averaged 2 of 3 parties"),
        "line": r"\[ROUND 2\] averaged 2 of 3 parties",
        "within_s": 90.0,
        "does": "Goes on after ten seconds with the two that answered.",
    },
    ("ibmfl", SERVER): {
        "rounds": 1,
        "line": "",
        "does": "The parties neither notice nor end; the run stops them.",
    },
    ("ibmfl", HANG): {
        "params": {"max_timeout": "20s"},
        "rounds": 1,
        "reason": ("party-2 is held by a stop signal", "2 of 3 parties answered within max_timeout", GAVE_UP),
        "line": r"periodically_verify_quorum: Timeout elapsed before quorum was reached",
        "does": "Waits until `max_timeout`, gives up the training, stops the others, and exits with 0. "
        "The party never ends: the run is stalled.",
    },
    ("ibmfl", LATE): {
        "line": r"Total number of registered parties:3",
        "does": "Would train with whoever has registered when TRAIN comes; the recipe types TRAIN after the third.",
    },
    ("ibmfl", PORT): {
        "does": "Prints `Aggregator start successful` all the same, and lives on without a listener; "
        "fltui sees the stranger and ends the run.",
    },
    ("tff", SERVER): {
        "rounds": 1,
        "within_s": 15.0,
        "line": "",
        "does": "Everything is in the driver; its worker would live on, the run ends it.",
    },
    ("tff", WORKER_HANGS): {
        "inside": "worker_binary",
        "rounds": 1,
        "does": "The driver waits for its worker for ever, without a line. The run is stalled, says who is held, and ends after twice that time.",
    },
    ("tff", WORKER): {
        "victim": "driver",
        "inside": "worker_binary",
        "ends": (("ok", 0),),
        "rounds": 3,
        "line": r"\[ROUND 3\]",
        "does": "Starts another worker without a line and goes on; the weights are the same.",
    },
    ("openfl", CLIENT): {
        "params": {"round_timeout": "20s"},
        "rounds": 3,
        "reason": ("envoy-2 ", "in round 2", "averaged 2 of 3 envoys"),
        "line": r"ROUND 2\] averaged 2 of 3 envoys",
        "within_s": 200.0,
        "does": "Says nothing; waits until `round_timeout`, which the recipe sets (OpenFL's own default is for ever), "
        "then averages two of three, in the later rounds, too.",
    },
    ("openfl", SERVER): {
        "rounds": 1,
        "does": "The envoys would try to reach it for ever; its experiment and models are gone with its memory.",
    },
    ("openfl", HANG): {
        "params": {"round_timeout": "20s"},
        "ends": (("failed", 1),),
        "rounds": 3,
        "reason": ("envoy-2 was held by a stop signal until the end", "in round 2", "averaged 2 of 3 envoys"),
        "line": r"ROUND 2\] averaged 2 of 3 envoys",
        "does": "Says nothing; waits until `round_timeout`, which the recipe sets (OpenFL's own default is for ever), "
        "then averages two of three, in the later rounds, too.",
    },
    ("openfl", LATE): {
        "line": r"accepted shard for envoy-3",
        "does": "Who is not known at the submission is not part of the experiment: the recipe submits after the third.",
    },
    ("openfl", PORT): {
        "does": "fltui sees the stranger before the director has tried, and ends the run.",
    },
    ("openfl-taskrunner", CLIENT): {
        "params": {"round_timeout": "20s"},
        "rounds": 3,
        "reason": ("collaborator-2 ", "in round 2", "round 2 averaged 2 of 3 collaborators"),
        "line": r"ROUND 2\] averaged 2 of 3 collaborators",
        "within_s": 200.0,
        "does": "Says nothing; waits until `round_timeout`, which the recipe sets (OpenFL's own default is for ever), "
        "then averages two of three, in the later rounds, too.",
    },
    ("openfl-taskrunner", SERVER): {
        "rounds": 1,
        "does": "The collaborators would try to reach it every five seconds, for ever.",
    },
    ("openfl-taskrunner", HANG): {
        "params": {"round_timeout": "20s"},
        "rounds": 3,
        "line": r"ROUND 2\] averaged 2 of 3 collaborators",
        "does": "Says nothing; waits until `round_timeout`, which the recipe sets (OpenFL's own default is for ever), "
        "then averages two of three, in the later rounds, too. The collaborator never ends: the run is stalled after its last round.",
    },
    ("openfl-taskrunner", LATE): {
        "does": "The first round waits for all collaborators of the plan.",
    },
    ("openfl-taskrunner", PORT): {
        "does": "fltui sees the stranger before the aggregator has tried, and ends the run.",
    },
    ("stadle", CLIENT): {
        "params": {"round_timeout": "30s"},
        "rounds": 3,
        "when": ("agent-2", "[ROUND 2]", 1),
        "reason": (
            "agent-2 ",
            "in round 2",
            "no update of agent-2 within 30 s",
            "round 2 averaged 2 of 3 agents: agent-1 agent-3",
        ),
        "line": r"round 2 averaged 2 of 3 agents",
        "within_s": 200.0,
        "does": "The agents notice nothing; our aggregator waits until `round_timeout`, averages what came and goes on.",
    },
    ("stadle", SERVER): {
        "rounds": 1,
        "does": "The agents print at most one `Retry 1/20` and would wait for hours; the run ends them.",
    },
    ("stadle", RESTARTED): {
        "victim": "aggregator",
        "params": {"restarts": 1},
        "ends": (("ok", 0),),
        "rounds": 3,
        "within_s": 200.0,
        "does": "fltui starts our aggregator again, which goes on where it was; the agents notice nothing.",
    },
    ("stadle", HANG): {
        "params": {"round_timeout": "30s"},
        "rounds": 3,
        "line": r"round 2 averaged 2 of 3 agents",
        "does": "Our aggregator waits until `round_timeout`, averages what came and goes on. "
        "The agent never ends: the run is stalled after its last round.",
    },
    ("stadle", LATE): {
        "line": r"agents connected: 3",
        "does": "Our aggregator waits for all agents in the first round, as long as `patience`.",
    },
    ("stadle", PORT): {
        "does": "Our aggregator says so and ends.",
    },
}
