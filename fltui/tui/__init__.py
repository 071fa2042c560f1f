"""The terminal app. It reads run folders and speaks to supervisors over their sockets, nothing else."""
