"""Parts of screens; each reads one thing."""
