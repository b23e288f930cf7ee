"""The parts of the demo company: one module per brand, and one per thing that brands share."""
