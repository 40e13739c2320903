"""The four-colour map 四色: red, orange, yellow or blue for each unit, and why."""
