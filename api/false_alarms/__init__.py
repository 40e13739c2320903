"""False alarms that people reported: told by their ticket, handed out as pictures to train on."""
