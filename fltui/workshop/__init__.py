"""For teaching: a finished run plays again with the clock, without framework, GPU or network."""
