/** Reads the config, opens everything, wires it, and closes it in reverse order. */
