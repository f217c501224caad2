"""The registry's mirror in the volume: outbox, files, manifest, and what to do when they differ."""
