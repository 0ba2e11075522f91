"""Letters: into a folder. Adapters of `ports.Mailer`."""
