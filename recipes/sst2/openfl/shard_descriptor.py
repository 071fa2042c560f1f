"""What an envoy offers to the federation: the sentences that `prepare` gave it."""

from __future__ import annotations

from pathlib import Path

from openfl_shard import PreparedShard
from sst2.work_folder import load_held_out, load_shard


class Sst2ShardDescriptor(PreparedShard):
    """`params: {work: FOLDER, client: 1}` in the envoy's configuration says where, and whose."""

    def __init__(self, work: str, client: int) -> None:
        shard = load_shard(Path(work), client)
        examples = len(shard.y)
        about = f"SST-2, part {client}: {examples} sentences as vectors"
        super().__init__(shard, load_held_out(Path(work)), examples, about, ["sentence vector"])
