"""Text messages: into a folder. Adapters of `ports.SmsSender`."""
