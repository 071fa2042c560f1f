"""What an envoy offers to the federation: the pictures that `prepare` gave it."""

from __future__ import annotations

from pathlib import Path

from cifar10.work_folder import load_part_of_held_out, load_shard, load_task
from openfl_shard import PreparedShard


class Cifar10ShardDescriptor(PreparedShard):
    """`params: {work: FOLDER, client: 1}` in the envoy's configuration says where, and whose.

    The test pictures are divided among the envoys: their mean, which OpenFL weights by numbers of pictures,
    is the figure of them all, and nobody scores a picture that somebody else does.
    """

    def __init__(self, work: str, client: int) -> None:
        shard = load_shard(Path(work), client)
        examples = len(shard.labels)
        about = f"CIFAR-10, part {client} of {load_task(Path(work))['clients']}: {examples} pictures"
        validation = load_part_of_held_out(Path(work), client)
        super().__init__(shard, validation, examples, about, ["32", "32", "3"])
