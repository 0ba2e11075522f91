"""Letters: written from templates, kept in an outbox until they are sent, by SMTP or into a folder.

`outbox.Outbox` is the adapter of `ports.Mailer`; only this room knows what an e-mail looks like.
"""
