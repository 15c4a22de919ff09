"""The SQL of the services, one file per area, read by `services.queries`."""
