"""The last five minutes: what a collector has just written, counted by the models' own SQL beside the warehouse."""
