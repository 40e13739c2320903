"""How much the loop holds: streets of known truth, and what it makes of them."""
