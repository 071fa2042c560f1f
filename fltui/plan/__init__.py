"""Recipe + params + site -> launch plan (pure), and binding ports just before a start."""
