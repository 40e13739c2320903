"""The audit trail: who did what to what must not be looked at lightly, in a chain that shows when it was altered."""
