"""Where compressed pictures come from: opening, receiving, and what is kept of them."""
