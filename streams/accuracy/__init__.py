"""How right the hazards are: material with a known truth, the live code driven over it, and what came of it, scored."""
