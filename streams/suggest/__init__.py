"""From a day of a camera to zones that a person may accept: what stops where, what runs free, where people are."""
