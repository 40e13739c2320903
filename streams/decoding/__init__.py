"""From packets to looks and from looks to pixels."""
