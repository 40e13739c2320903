"""Plans against rules: every leg, turn, circle and way home, each broken rule with its place."""
