"""What runs users' Python: reads frames of guest-protocol.ts, calls the users' modules, writes frames."""
