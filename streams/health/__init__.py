"""What is known of a camera: whether it is seen, and whether its clock can be relied on."""
