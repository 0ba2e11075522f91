"""Who is connected, and to which server: in this process's memory. Adapters of `ports.Presence`."""
