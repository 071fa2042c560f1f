"""Starting, finding and talking to supervisors. A front end's only way to the engine."""
