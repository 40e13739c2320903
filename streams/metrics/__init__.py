"""The worker's figures: counted, exposed, and read back."""
